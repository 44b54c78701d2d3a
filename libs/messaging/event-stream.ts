/**
 * The JetStream stream through which events leave the house, for auditors and integrations. It is a copy: the log in Postgres is the truth,
 * and the relay fills the stream again from its checkpoint.
 */
import {
  headers,
  type JetStreamClient,
  nanos,
  type NatsConnection,
  type PubAck,
  RetentionPolicy,
  StorageType,
} from 'nats';
import { eventStreamName, subjects } from './subjects.js';

const WEEK_MS = 7 * 24 * 3_600_000;
const DUPLICATE_WINDOW_MS = 120_000;

export interface OutgoingMessage {
  category: string;
  type: string;
  /** One message of each id is kept, if it comes again within two minutes. */
  id: string;
  /** JSON array of events. */
  data: string;
}

export class EventStream {
  private readonly jetStream: JetStreamClient;
  private declared = false;
  /** Of the last message that is known to be in the stream; undefined when somebody else may have published since. */
  private lastSequence: number | undefined;

  constructor(
    private readonly connection: NatsConnection,
    private readonly namespace: string,
    /** With more, the oldest go. */
    private readonly maxBytes: number,
  ) {
    this.jetStream = connection.jetstream({ timeout: 5_000 });
  }

  /** Resolves when JetStream holds all of them. */
  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    if (!this.declared) await this.declare();
    try {
      if (!(await this.publishTogether(messages))) await this.publishEach(messages);
    } catch (error) {
      // The stream may have been deleted: declare it again before the next try.
      this.declared = false;
      this.lastSequence = undefined;
      throw error;
    }
  }

  /**
   * Asks for one acknowledgement, of the last message. The stream takes messages in order and numbers them, so the number tells whether all the
   * others are in it too. False when that is not sure, e.g. because some had been sent before.
   */
  private async publishTogether(messages: readonly OutgoingMessage[]): Promise<boolean> {
    const before = this.lastSequence;
    if (before === undefined) return false;
    for (const message of messages.slice(0, -1)) {
      const withId = headers();
      withId.set('Nats-Msg-Id', message.id);
      this.connection.publish(this.subjectOf(message), message.data, { headers: withId });
    }
    const { seq } = await this.publishOne(messages.at(-1)!);
    this.lastSequence = seq;
    return seq === before + messages.length;
  }

  private async publishEach(messages: readonly OutgoingMessage[]): Promise<void> {
    const acknowledged = await Promise.all(messages.map((message) => this.publishOne(message)));
    this.lastSequence = Math.max(...acknowledged.map(({ seq }) => seq));
  }

  private publishOne(message: OutgoingMessage): Promise<PubAck> {
    return this.jetStream.publish(this.subjectOf(message), message.data, { msgID: message.id });
  }

  private subjectOf({ category, type }: OutgoingMessage): string {
    return subjects.event(this.namespace, category, type);
  }

  private async declare(): Promise<void> {
    const manager = await this.connection.jetstreamManager({ timeout: 5_000 });
    const name = eventStreamName(this.namespace);
    const existing = await manager.streams.info(name).catch(() => undefined);
    if (existing && existing.config.max_bytes !== this.maxBytes)
      await manager.streams.update(name, { max_bytes: this.maxBytes });
    if (!existing) {
      await manager.streams.add({
        name,
        subjects: [subjects.allEvents(this.namespace)],
        storage: StorageType.File,
        retention: RetentionPolicy.Limits,
        max_age: nanos(WEEK_MS),
        max_bytes: this.maxBytes,
        duplicate_window: nanos(DUPLICATE_WINDOW_MS),
      });
    }
    this.declared = true;
  }
}
