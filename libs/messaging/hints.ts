/** Wake-ups between processes over core NATS: a lost one costs a poll interval, never an event. */
import { type NatsConnection } from 'nats';
import { type Category } from '#contracts';
import { decode, encode } from './envelope.js';
import { subjects } from './subjects.js';

export class NatsHints {
  constructor(
    private readonly connection: NatsConnection,
    private readonly namespace: string,
  ) {}

  announce(categories: readonly Category[]): void {
    if (!this.connection.isClosed()) this.connection.publish(subjects.appended(this.namespace), encode(categories));
  }

  /** Returns the function that stops listening. */
  onAppended(callback: (categories: readonly Category[]) => void): () => void {
    const subscription = this.connection.subscribe(subjects.appended(this.namespace), {
      callback: (error, message) => {
        if (!error) callback(decode(message.data) as Category[]);
      },
    });
    return () => subscription.unsubscribe();
  }
}
