/** Pushes delayed runs and retries when they become due. Every dispatcher does it; pushing twice is harmless. */
import { type Clock, ServiceLoop, type Startable } from '#lifecycle';
import { type JobPusher } from '../pushing/job-pusher.js';
import { type LiveRuns } from '../queries/live-runs.js';

const INTERVAL_MS = 200;
const BATCH = 1_000;

export interface PushDueRunsParts {
  live: LiveRuns;
  pusher: JobPusher;
  clock: Clock;
  onError(error: unknown, name: string): void;
}

export class PushDueRunsClock implements Startable {
  private readonly loop: ServiceLoop;
  /** All that became due until here is pushed. It starts at now: what was due before is found by the healing clock's first pass. */
  private pushedUntil: number;

  constructor(private readonly parts: PushDueRunsParts) {
    this.pushedUntil = parts.clock.now();
    this.loop = new ServiceLoop({
      name: 'push-due-runs',
      intervalMs: INTERVAL_MS,
      step: () => this.step(),
      onError: parts.onError,
    });
  }

  start(): Promise<void> {
    return this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  private async step(): Promise<void> {
    const until = this.parts.clock.now();
    const due = await this.parts.live.delayedDue({ after: this.pushedUntil, until, limit: BATCH });
    if (due.length > 0) await this.parts.pusher.pushRuns(due.map(({ runId }) => runId));
    // A full batch may have left some of its last moment behind: those are found by the healing clock.
    this.pushedUntil = due.length < BATCH ? until : this.pushedUntil;
  }
}
