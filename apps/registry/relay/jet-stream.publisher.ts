/** Hands events of the log to JetStream, for auditors and integrations. */
import { type EventView } from '#contracts';
import { type EventPublisher, type RecordedEvent, toEventView } from '#event-store';
import { type EventStream } from '#messaging';

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
    await this.stream.publish(events.map((event) => fitting(toEventView(event), limit)));
  }
}

/** An event that is too large goes without its data, which the log still has: stopping here would hold back all that follow. */
function fitting(view: EventView, limit: number): EventView {
  const bytes = Buffer.byteLength(JSON.stringify(view));
  return bytes <= limit ? view : { ...view, data: { omitted: 'too-large', bytes } };
}
