/** Makes the job of a run's next attempt from the log: only of runs that wait, and are due. */
import { type Lane, type Moment, type RunAccepted, type RunEvent, type RunId, streamOf } from '#contracts';
import { type EventLog, fold } from '#event-store';
import { type JobPayload, type JobToPush } from '#queue';
import { runDecider } from '../run/run.decider.js';
import { currentAttempt } from '../run/run.js';

export interface LaneJob {
  readonly lane: Lane;
  readonly job: JobToPush;
}

export class JobSource {
  constructor(private readonly log: Pick<EventLog, 'readStreams'>) {}

  async jobsOf(runIds: readonly RunId[], now: Moment): Promise<LaneJob[]> {
    const streams = await this.log.readStreams(runIds.map((runId) => streamOf('run', runId)));
    return runIds.flatMap((runId) => {
      const events = (streams.get(streamOf('run', runId)) ?? []) as RunEvent[];
      const run = fold(runDecider, events);
      const isDue = run.status === 'waiting' && (run.notBefore ?? 0) <= now;
      return isDue ? [jobOf(runId, events[0] as RunAccepted, currentAttempt(run))] : [];
    });
  }
}

export function jobOf(runId: RunId, accepted: Omit<RunAccepted, 'type' | 'at'>, attempt: number): LaneJob {
  const { lane, priority, task, arguments: args, policies } = accepted;
  const payload: JobPayload = {
    v: 1,
    run: runId,
    attempt,
    task,
    arguments: args,
    softLimitMs: policies.softLimitMs,
    hardLimitMs: policies.hardLimitMs,
    traceparent: null,
  };
  return { lane, job: { priority, payload } };
}
