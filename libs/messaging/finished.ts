/** Tells a waiting gateway that runs it waits for have finished: one message for each batch. */
import { type NatsConnection } from 'nats';
import { type RunId, RunsFinished } from '#contracts';
import { decode, encode } from './envelope.js';
import { subjects } from './subjects.js';

export class FinishedNotices {
  constructor(
    private readonly connection: NatsConnection,
    private readonly namespace: string,
  ) {}

  /** The waiter to put into AcceptRuns, so that the notices come here. */
  waiterFor(gatewayId: string): string {
    return subjects.finished(this.namespace, gatewayId);
  }

  /** @param waiter as `waiterFor` made it; anything else is ignored, since it comes back from the log. */
  tell(waiter: string, runIds: readonly RunId[]): void {
    if (!waiter.startsWith(subjects.finished(this.namespace, '')) || this.connection.isClosed()) return;
    this.connection.publish(waiter, encode({ runIds }));
  }

  listen(waiter: string, callback: (runIds: readonly RunId[]) => void): () => void {
    const subscription = this.connection.subscribe(waiter, {
      callback: (error, message) => {
        if (!error) callback(RunsFinished.parse(decode(message.data)).runIds);
      },
    });
    return () => subscription.unsubscribe();
  }
}
