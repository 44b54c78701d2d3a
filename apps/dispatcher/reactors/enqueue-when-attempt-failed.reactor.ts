/** When an attempt has failed and another one follows, its job goes to Redis as soon as it is due. */
import { type RunId } from '#contracts';
import { type Clock, type Startable } from '#lifecycle';
import { type CommittedRun, type RunReactor } from '../commands/committed-run.js';
import { type JobPusher } from '../pushing/job-pusher.js';

/** Retries further away than this are left to the clock that pushes due runs. */
const LONGEST_TIMER_MS = 5_000;

export interface EnqueueWhenAttemptFailedParts {
  pusher: JobPusher;
  clock: Clock;
  onError(error: unknown): void;
}

export class EnqueueWhenAttemptFailed implements RunReactor, Startable {
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly parts: EnqueueWhenAttemptFailedParts) {}

  async start(): Promise<void> {}

  react(committed: readonly CommittedRun[]): void {
    const now = this.parts.clock.now();
    const dueAtOnce: RunId[] = [];
    for (const { runId, run, events } of committed) {
      const failed = events.some(({ type }) => type === 'RunAttemptFailed');
      if (!failed || run.status !== 'waiting') continue;
      const delay = (run.notBefore ?? now) - now;
      if (delay <= 0) dueAtOnce.push(runId);
      else if (delay <= LONGEST_TIMER_MS) this.pushLater(runId, delay);
    }
    if (dueAtOnce.length > 0) this.push(dueAtOnce);
  }

  async stop(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private pushLater(runId: RunId, delay: number): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.push([runId]);
    }, delay);
    this.timers.add(timer);
  }

  private push(runIds: readonly RunId[]): void {
    this.parts.pusher.pushRuns(runIds).catch(this.parts.onError);
  }
}
