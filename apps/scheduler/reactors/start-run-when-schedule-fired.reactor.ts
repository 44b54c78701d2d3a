/**
 * When a schedule fired, ask the dispatcher for the run that the firing names.
 * The run's id is in the event, so asking again finds the run that is there already.
 */
import {
  AcceptRuns,
  GetTask,
  isRefused,
  type Refusal,
  refusalKinds,
  type ScheduleEvent,
  type ScheduleId,
  type ScheduleTarget,
  type TaskDetailsView,
} from '#contracts';
import { type Reactor, type RecordedEvent } from '#event-store';
import { type Requester } from '#messaging';
import { type Logger } from '#observability';

type ScheduleFired = Extract<ScheduleEvent, { type: 'ScheduleFired' }>;

export interface StartRunParts {
  /** What the schedule was to run when it fired; undefined when it is not known. */
  targetAt(scheduleId: ScheduleId, version: number): Promise<ScheduleTarget | undefined>;
  requester: Requester;
  logger: Pick<Logger, 'warn' | 'error'>;
}

/** The dispatcher or the registry cannot answer now: the firing waits, and those behind it. */
export class CannotStartRunNow extends Error {
  override readonly name = 'CannotStartRunNow';
}

/** So often is a firing tried that fails for another reason than an outage, before it is given up for those behind it. */
const MOST_FAILURES = 10;

export class StartRunWhenScheduleFired implements Reactor {
  readonly name = 'start run when schedule fired';
  readonly categories = ['schedule'] as const;
  private failures = 0;

  constructor(private readonly parts: StartRunParts) {}

  async handle({ stream, version, event }: RecordedEvent): Promise<void> {
    const fired = event as ScheduleEvent;
    if (fired.type !== 'ScheduleFired') return;
    const scheduleId = stream.slice('schedule-'.length) as ScheduleId;
    try {
      await this.start(fired, { scheduleId, version });
      this.failures = 0;
    } catch (error) {
      if (error instanceof CannotStartRunNow || !this.isGivenUp()) throw error;
      this.parts.logger.error({ err: error, scheduleId, runId: fired.runId }, 'a firing was given up');
    }
  }

  private async start(fired: ScheduleFired, from: { scheduleId: ScheduleId; version: number }): Promise<void> {
    const target = await this.parts.targetAt(from.scheduleId, from.version);
    if (!target) return this.skip(fired, from.scheduleId, { message: 'the schedule has no target' });
    const task = await this.parts.requester.request(GetTask, { task: target.task });
    if (isRefused(task)) return this.skip(fired, from.scheduleId, task.refusal);
    if (task.activeVersion === null)
      return this.skip(fired, from.scheduleId, { message: `no deployment serves task ${target.task} now` });
    await this.accept(fired, from.scheduleId, { target, task });
  }

  private async accept(
    { runId }: ScheduleFired,
    scheduleId: ScheduleId,
    { target, task }: { target: ScheduleTarget; task: TaskDetailsView },
  ): Promise<void> {
    const { name, activeVersion: taskVersion, queue, lane, deploymentId, policies } = task;
    const { arguments: args, priority } = target;
    const run = { target: 0, runId, arguments: args, ...(priority !== undefined && { priority }), scheduleId };
    const outcome = await this.parts.requester.request(AcceptRuns, {
      actor: `schedule:${scheduleId}`,
      targets: [{ task: name, taskVersion, queue, lane, deploymentId, policies }],
      runs: [run],
    });
    if (isRefused(outcome)) return this.skip({ runId }, scheduleId, outcome.refusal);
    const answer = outcome.answers[0]!;
    if ('refusal' in answer) this.skip({ runId }, scheduleId, answer.refusal);
  }

  /** A refusal that may pass is waited out; any other leaves the firing on record, without a run. */
  private skip(
    { runId }: Pick<ScheduleFired, 'runId'>,
    scheduleId: ScheduleId,
    reason: Pick<Refusal, 'message'> & Partial<Pick<Refusal, 'code'>>,
  ): void {
    if (reason.code && refusalKinds[reason.code].retryable) throw new CannotStartRunNow(reason.message);
    this.parts.logger.warn({ scheduleId, runId, reason }, 'a schedule fired, but its run was not accepted');
  }

  private isGivenUp(): boolean {
    this.failures += 1;
    if (this.failures < MOST_FAILURES) return false;
    this.failures = 0;
    return true;
  }
}
