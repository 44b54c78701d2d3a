/**
 * The JetStream stream through which events leave the house, for auditors and integrations. It is a copy: the log in Postgres is the truth,
 * and the relay fills the stream again from its checkpoint.
 */
import { type JetStreamClient, nanos, type NatsConnection, RetentionPolicy, StorageType } from 'nats';
import { type EventView } from '#contracts';
import { encode } from './envelope.js';
import { eventStreamName, subjects } from './subjects.js';

const WEEK_MS = 7 * 24 * 3_600_000;
const DUPLICATE_WINDOW_MS = 120_000;
const MAX_BYTES = 1_000_000_000;

export class EventStream {
  private readonly jetStream: JetStreamClient;
  private declared = false;

  constructor(
    private readonly connection: NatsConnection,
    private readonly namespace: string,
  ) {
    this.jetStream = connection.jetstream({ timeout: 5_000 });
  }

  /** Resolves when JetStream holds all of them. Sent twice within two minutes they are kept once: the message id is stream and version. */
  async publish(events: readonly EventView[]): Promise<void> {
    if (!this.declared) await this.declare();
    try {
      await Promise.all(events.map((event) => this.publishOne(event)));
    } catch (error) {
      // The stream may have been deleted: declare it again before the next try.
      this.declared = false;
      throw error;
    }
  }

  private publishOne(event: EventView): Promise<unknown> {
    const subject = subjects.event(this.namespace, event.category, event.type);
    return this.jetStream.publish(subject, encode(event), { msgID: `${event.stream}:${event.version}` });
  }

  private async declare(): Promise<void> {
    const manager = await this.connection.jetstreamManager({ timeout: 5_000 });
    const name = eventStreamName(this.namespace);
    const exists = await manager.streams.info(name).then(
      () => true,
      () => false,
    );
    if (!exists) {
      await manager.streams.add({
        name,
        subjects: [subjects.allEvents(this.namespace)],
        storage: StorageType.File,
        retention: RetentionPolicy.Limits,
        max_age: nanos(WEEK_MS),
        max_bytes: MAX_BYTES,
        duplicate_window: nanos(DUPLICATE_WINDOW_MS),
      });
    }
    this.declared = true;
  }
}
