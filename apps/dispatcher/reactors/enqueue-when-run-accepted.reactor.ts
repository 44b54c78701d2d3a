/** When a run is accepted and due, its first job goes to Redis. */
import { type Clock } from '#lifecycle';
import { type CommittedRun, type RunReactor } from '../commands/committed-run.js';
import { type JobPusher } from '../pushing/job-pusher.js';
import { jobOf } from '../pushing/job-source.js';

export class EnqueueWhenRunAccepted implements RunReactor {
  constructor(
    private readonly pusher: JobPusher,
    private readonly clock: Clock,
  ) {}

  react(committed: readonly CommittedRun[]): void {
    const now = this.clock.now();
    const jobs = committed.flatMap(({ runId, events: [first], isPushed }) =>
      !isPushed && first?.type === 'RunAccepted' && (first.notBefore ?? 0) <= now ? [jobOf(runId, first, 1)] : [],
    );
    if (jobs.length > 0) this.pusher.push(jobs);
  }
}
