/** Hands events of the log to JetStream, for auditors and integrations. */
import { type EventPublisher, type RecordedEvent, toEventView } from '#event-store';
import { type EventStream, type OutgoingEvent } from '#messaging';

/** What NATS adds around an event: subject, message id, headers. */
const ENVELOPE_BYTES = 2_048;

export class JetStreamPublisher implements EventPublisher {
  constructor(
    private readonly stream: Pick<EventStream, 'publish'>,
    /** Largest message that the server takes now. */
    private readonly maxBytes: () => number,
  ) {}

  async publish(events: readonly RecordedEvent[]): Promise<void> {
    const limit = this.maxBytes() - ENVELOPE_BYTES;
    await this.stream.publish(events.map((event) => outgoing(event, limit)));
  }
}

/** An event that is too large goes without its data, which the log still has: stopping here would hold back all that follow. */
function outgoing(recorded: RecordedEvent, limit: number): OutgoingEvent {
  const view = toEventView(recorded);
  const { category, type, stream, version } = view;
  const data = JSON.stringify(view);
  const bytes = Buffer.byteLength(data);
  const fitting = bytes <= limit ? data : JSON.stringify({ ...view, data: { omitted: 'too-large', bytes } });
  return { category, type, id: `${stream}:${version}`, data: fitting };
}
