/**
 * Pushes jobs to Redis: what is handed in while a push is under way travels with the next one.
 * A push that fails is dropped here and reported; the healing clock finds the runs in the log again.
 */
import { type RunId } from '#contracts';
import { type Clock, type Startable } from '#lifecycle';
import { type LaneBatch, type QueueClient } from '#queue';
import { groupBy } from '../grouping.js';
import { type JobSource, type LaneJob } from './job-source.js';

/** Jobs that wait for a push at most; above it Redis is not keeping up, and the log keeps the rest. */
const CAPACITY = 20_000;

export interface JobPusherParts {
  queue: Pick<QueueClient, 'enqueueAll'>;
  source: Pick<JobSource, 'jobsOf'>;
  clock: Clock;
  /** Told when jobs were dropped. */
  onDropped(jobs: number, error: unknown): void;
}

export class JobPusher implements Startable {
  private waiting: LaneJob[] = [];
  /** Runs whose jobs are not to be pushed, if they wait. */
  private takenBack = new Set<RunId>();
  /** The same for each reading of the log that is under way. */
  private readonly takenBackFromReads = new Set<Set<RunId>>();
  private pushing: Promise<void> | undefined;

  constructor(private readonly parts: JobPusherParts) {}

  async start(): Promise<void> {}

  push(jobs: readonly LaneJob[]): void {
    if (this.waiting.length + jobs.length > CAPACITY)
      return this.parts.onDropped(jobs.length, new Error('the queue does not keep up'));
    this.waiting.push(...jobs);
    this.pushing ??= this.pushAll().finally(() => (this.pushing = undefined));
  }

  /** A job of the run that waits here, or that is just being made, is not pushed. */
  takeBack(runId: RunId): void {
    if (this.waiting.length > 0) this.takenBack.add(runId);
    for (const takenBack of this.takenBackFromReads) takenBack.add(runId);
  }

  /** Pushes the next attempts of these runs, as far as the log says that they wait and are due. @throws QueueFailure, LogUnavailable. */
  async pushRuns(runIds: readonly RunId[]): Promise<number> {
    const takenBack = new Set<RunId>();
    this.takenBackFromReads.add(takenBack);
    try {
      const jobs = await this.parts.source.jobsOf(runIds, this.parts.clock.now());
      return await this.parts.queue.enqueueAll(byLane(without(jobs, takenBack)));
    } finally {
      this.takenBackFromReads.delete(takenBack);
    }
  }

  async stop(): Promise<void> {
    await this.pushing;
  }

  private async pushAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const jobs = without(this.waiting, this.takenBack);
      this.waiting = [];
      this.takenBack = new Set();
      await this.parts.queue
        .enqueueAll(byLane(jobs))
        .catch((error: unknown) => this.parts.onDropped(jobs.length, error));
    }
  }
}

function without(jobs: readonly LaneJob[], takenBack: ReadonlySet<RunId>): readonly LaneJob[] {
  return takenBack.size === 0 ? jobs : jobs.filter(({ job }) => !takenBack.has(job.payload.run));
}

function byLane(jobs: readonly LaneJob[]): LaneBatch[] {
  return [...groupBy(jobs, ({ lane }) => lane)].map(([lane, group]) => ({ lane, jobs: group.map(({ job }) => job) }));
}
