/** Tells a waiting gateway how the runs that it waits for have ended: few messages for each batch. */
import { type NatsConnection } from 'nats';
import { type AwaitedRun, type RunId } from '#contracts';
import { decode } from './envelope.js';
import { subjects } from './subjects.js';

/** A run that has finished; only its id when the rest is so large that only who wants it should ask for it. */
export type FinishedRun = AwaitedRun | Pick<AwaitedRun, 'runId'>;

const LARGE_VIEW = 100_000;
/** Characters in one message; with the largest view, and three bytes a character, still below what NATS takes. */
const ROOM = 1_000_000;

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
  tell(waiter: string, runs: readonly AwaitedRun[]): void {
    if (!waiter.startsWith(subjects.finished(this.namespace, '')) || this.connection.isClosed()) return;
    for (const message of messagesOf(runs)) this.connection.publish(waiter, message);
  }

  listen(waiter: string, callback: (runs: readonly FinishedRun[]) => void): () => void {
    const subscription = this.connection.subscribe(waiter, {
      callback: (error, message) => {
        if (!error) callback(decode(message.data) as FinishedRun[]);
      },
    });
    return () => subscription.unsubscribe();
  }
}

function* messagesOf(runs: readonly AwaitedRun[]): Generator<string> {
  let texts: string[] = [];
  let size = 0;
  for (const run of runs) {
    const text = textOf(run);
    texts.push(text);
    size += text.length;
    if (size < ROOM) continue;
    yield `[${texts.join(',')}]`;
    texts = [];
    size = 0;
  }
  if (texts.length > 0) yield `[${texts.join(',')}]`;
}

function textOf(run: AwaitedRun): string {
  const text = JSON.stringify(run);
  return text.length > LARGE_VIEW ? JSON.stringify({ runId: run.runId satisfies RunId }) : text;
}
