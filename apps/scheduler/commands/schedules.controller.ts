/** Requests that change schedules. */
import { Controller, Inject } from '@nestjs/common';
import {
  CreateSchedule,
  DeleteSchedule,
  isRefused,
  type OutputOf,
  type ParsedInputOf,
  PauseSchedule,
  type Refused,
  ResumeSchedule,
  ReviseSchedule,
  RunScheduleNow,
  type ScheduleView,
} from '#contracts';
import { type Clock } from '#lifecycle';
import { Answers } from '#messaging';
import { type ScheduleCommand, unknown, viewOf } from '../schedule/index.js';
import { CLOCK } from '../tokens.js';
import { ScheduleBook } from './schedule-book.js';

type ByHand = Exclude<ScheduleCommand, { type: 'FireDue' }>;

@Controller()
export class SchedulesController {
  constructor(
    @Inject(ScheduleBook) private readonly book: ScheduleBook,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Answers(CreateSchedule)
  async create({ actor, ...body }: ParsedInputOf<typeof CreateSchedule>): Promise<ScheduleView | Refused> {
    return this.change({ type: 'CreateSchedule', ...body, by: actor, at: this.clock.now() });
  }

  @Answers(ReviseSchedule)
  async revise({ actor, ...changes }: ParsedInputOf<typeof ReviseSchedule>): Promise<ScheduleView | Refused> {
    return this.change({ type: 'ReviseSchedule', ...changes, by: actor, at: this.clock.now() });
  }

  @Answers(PauseSchedule)
  async pause({ actor, scheduleId }: ParsedInputOf<typeof PauseSchedule>): Promise<ScheduleView | Refused> {
    return this.change({ type: 'PauseSchedule', scheduleId, by: actor, at: this.clock.now() });
  }

  @Answers(ResumeSchedule)
  async resume({ actor, scheduleId }: ParsedInputOf<typeof ResumeSchedule>): Promise<ScheduleView | Refused> {
    return this.change({ type: 'ResumeSchedule', scheduleId, by: actor, at: this.clock.now() });
  }

  @Answers(DeleteSchedule)
  async delete({
    actor,
    scheduleId,
  }: ParsedInputOf<typeof DeleteSchedule>): Promise<OutputOf<typeof DeleteSchedule> | Refused> {
    const command = { type: 'DeleteSchedule', scheduleId, by: actor, at: this.clock.now() } as const;
    const outcome = await this.book.carryOut(scheduleId, command, actor);
    return isRefused(outcome) ? outcome : {};
  }

  @Answers(RunScheduleNow)
  async runNow({
    actor,
    scheduleId,
    runId,
  }: ParsedInputOf<typeof RunScheduleNow>): Promise<OutputOf<typeof RunScheduleNow> | Refused> {
    const outcome = await this.change({ type: 'RunScheduleNow', scheduleId, runId, by: actor, at: this.clock.now() });
    return isRefused(outcome) ? outcome : { runId };
  }

  private async change(command: ByHand): Promise<ScheduleView | Refused> {
    const outcome = await this.book.carryOut(command.scheduleId, command, command.by);
    if (isRefused(outcome)) return outcome;
    const { state } = outcome;
    return state.status === 'unknown'
      ? unknown(command.scheduleId)
      : viewOf(command.scheduleId, state, this.clock.now());
  }
}
