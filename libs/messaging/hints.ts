/** Wake-ups between processes over core NATS: a lost one costs a poll interval, never an event. Those lost while NATS was away are made up for when it is back. */
import { Events, type NatsConnection } from 'nats';
import { categories, type Category } from '#contracts';
import { decode, encode } from './envelope.js';
import { subjects } from './subjects.js';

type Callback = (categories: readonly Category[]) => void;

export class NatsHints {
  private readonly callbacks = new Set<Callback>();

  constructor(
    private readonly connection: NatsConnection,
    private readonly namespace: string,
  ) {
    void this.makeUpForLost();
  }

  announce(categories: readonly Category[]): void {
    if (!this.connection.isClosed()) this.connection.publish(subjects.appended(this.namespace), encode(categories));
  }

  /** Returns the function that stops listening. */
  onAppended(callback: Callback): () => void {
    this.callbacks.add(callback);
    const subscription = this.connection.subscribe(subjects.appended(this.namespace), {
      callback: (error, message) => {
        if (!error) callback(decode(message.data) as Category[]);
      },
    });
    return () => {
      this.callbacks.delete(callback);
      subscription.unsubscribe();
    };
  }

  /** Ends with the connection. */
  private async makeUpForLost(): Promise<void> {
    for await (const { type } of this.connection.status())
      if (type === Events.Reconnect) for (const callback of this.callbacks) callback(categories);
  }
}
