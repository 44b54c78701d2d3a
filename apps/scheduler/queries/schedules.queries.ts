/** Requests that only read. What was committed before a question is in its answer. */
import { Controller, Inject } from '@nestjs/common';
import { type DataSource, MoreThan } from 'typeorm';
import {
  GetSchedule,
  isRefused,
  ListSchedules,
  type OutputOf,
  type ParsedInputOf,
  type Refused,
  refuse,
  ScheduleId,
  type ScheduleView,
} from '#contracts';
import { type Clock } from '#lifecycle';
import { Answers } from '#messaging';
import { readViews } from '#service';
import { nextInstants, unknown } from '../schedule/index.js';
import { CLOCK } from '../tokens.js';
import { ScheduleFiringRow, ScheduleRow } from './rows.js';

const FIRINGS_SHOWN = 20;

export interface SchedulesReader {
  readonly views: DataSource;
  /** Resolves when the views hold everything that is committed now. */
  catchUp(): Promise<void>;
}
export const SCHEDULES_READER = Symbol('schedules reader');

@Controller()
export class SchedulesQueries {
  constructor(
    @Inject(SCHEDULES_READER) private readonly reader: SchedulesReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Answers(GetSchedule)
  async getSchedule({
    scheduleId,
  }: ParsedInputOf<typeof GetSchedule>): Promise<OutputOf<typeof GetSchedule> | Refused> {
    return readViews(async () => {
      await this.reader.catchUp();
      const row = await this.reader.views.getRepository(ScheduleRow).findOneBy({ scheduleId });
      if (!row) return unknown(scheduleId);
      const recent = await this.reader.views.getRepository(ScheduleFiringRow).find({
        where: { scheduleId },
        order: { firing: 'DESC' },
        take: FIRINGS_SHOWN,
      });
      return {
        ...this.viewOf(row),
        nextFive: this.coming(row, 5),
        recent: recent.map(({ dueAt, runId }) => ({ dueAt, runId })),
      };
    });
  }

  /** The oldest first: ids sort by the time they were made. The cursor is the last id of the page before. */
  @Answers(ListSchedules)
  async listSchedules({
    cursor,
    limit,
  }: ParsedInputOf<typeof ListSchedules>): Promise<OutputOf<typeof ListSchedules> | Refused> {
    const after = cursor === undefined ? undefined : idOf(cursor);
    if (isRefused(after)) return after;
    return readViews(async () => {
      await this.reader.catchUp();
      const rows = await this.reader.views.getRepository(ScheduleRow).find({
        where: after === undefined ? {} : { scheduleId: MoreThan(after) },
        order: { scheduleId: 'ASC' },
        take: limit + 1,
      });
      const page = rows.slice(0, limit);
      return {
        items: page.map((row) => this.viewOf(row)),
        next: rows.length > limit ? page.at(-1)!.scheduleId : null,
      };
    });
  }

  private viewOf(row: ScheduleRow): ScheduleView {
    return { ...row, nextDueAt: this.coming(row, 1)[0] ?? null };
  }

  private coming({ rule, createdAt, paused }: ScheduleRow, count: number): number[] {
    return paused ? [] : nextInstants(rule, { base: createdAt, after: this.clock.now(), count });
  }
}

function idOf(cursor: string): ScheduleId | Refused {
  const parsed = ScheduleId.safeParse(cursor);
  if (parsed.success) return parsed.data;
  return refuse('request.invalid', 'The cursor is not one that this list has given.', {
    details: { field: '/cursor' },
  });
}
