/** Hands events of the log to JetStream, for auditors and integrations. */
import { type EventPublisher, type EventText } from '#event-store';
import { type EventStream } from '#messaging';
import { messagesOf } from './messages.js';

/** What NATS adds around a message: subject, message id, headers. */
const ENVELOPE_BYTES = 2_048;

export class JetStreamPublisher implements EventPublisher {
  constructor(
    private readonly stream: Pick<EventStream, 'publish'>,
    /** Largest message that the server takes now. */
    private readonly maxBytes: () => number,
  ) {}

  async publish(events: readonly EventText[]): Promise<void> {
    await this.stream.publish(messagesOf(events, this.maxBytes() - ENVELOPE_BYTES));
  }
}
