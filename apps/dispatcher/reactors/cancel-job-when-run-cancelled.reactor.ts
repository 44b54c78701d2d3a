/** When a run is cancelled, or asked to cancel, its job is taken out of the queue or its worker is told. */
import { type Lane } from '#contracts';
import { jobIdOf, type QueueClient } from '#queue';
import { type CommittedRun, type RunReactor } from '../commands/committed-run.js';
import { type JobPusher } from '../pushing/job-pusher.js';
import { currentAttempt, type Run } from '../run/run.js';

export interface CancelJobParts {
  queue: Pick<QueueClient, 'cancel'>;
  pusher: Pick<JobPusher, 'takeBack'>;
  onError(error: unknown): void;
}

export class CancelJobWhenRunCancelled implements RunReactor {
  constructor(private readonly parts: CancelJobParts) {}

  react(committed: readonly CommittedRun[]): void {
    for (const { runId, run, events } of committed) {
      const concerned = events.some(({ type }) => type === 'RunCancelRequested' || type === 'RunCancelled');
      if (!concerned) continue;
      // A job that waits behind another push would come after its own cancellation.
      this.parts.pusher.takeBack(runId);
      for (const attempt of attemptsInQueue(run)) this.cancel(run.lane, jobIdOf({ run: runId, attempt }));
    }
  }

  private cancel(lane: Lane, jobId: string): void {
    this.parts.queue.cancel(lane, jobId).catch(this.parts.onError);
  }
}

/** A cancelled run may have been waiting or, without our knowing yet, be claimed: its next attempt is the one in the queue. */
function attemptsInQueue(run: Run): number[] {
  return run.status === 'running' ? [run.attempt] : [currentAttempt({ ...run, status: 'waiting' })];
}
