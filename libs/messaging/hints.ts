/** Wake-ups between processes over core NATS: a lost one costs a poll interval, never an event. Those lost while NATS was away are made up for when it is back. */
import { Events, type NatsConnection } from 'nats';
import { type Category } from '#contracts';
import { subjects } from './subjects.js';

export class NatsHints {
  private readonly callbacks = new Set<() => void>();

  constructor(
    private readonly connection: NatsConnection,
    private readonly namespace: string,
  ) {
    void this.makeUpForLost();
  }

  announce(categories: readonly Category[]): void {
    if (this.connection.isClosed()) return;
    for (const category of categories) this.connection.publish(subjects.appended(this.namespace, category));
  }

  /** Hears of these categories, of all when left out. Returns the function that stops listening. */
  onAppended(callback: () => void, wanted?: readonly Category[]): () => void {
    // A function of its own, so that a callback may be given twice.
    const hear = (): void => callback();
    this.callbacks.add(hear);
    const heard = wanted?.map((category) => subjects.appended(this.namespace, category));
    const subscriptions = (heard ?? [subjects.allAppended(this.namespace)]).map((subject) =>
      this.connection.subscribe(subject, { callback: (error) => error ?? hear() }),
    );
    return () => {
      this.callbacks.delete(hear);
      for (const subscription of subscriptions) subscription.unsubscribe();
    };
  }

  /** Ends with the connection. */
  private async makeUpForLost(): Promise<void> {
    for await (const { type } of this.connection.status())
      if (type === Events.Reconnect) for (const hear of this.callbacks) hear();
  }
}
