/** A schedule as others see it. */
import { type Moment, type ScheduleId, type ScheduleView } from '#contracts';
import { type KnownSchedule, nextDue } from './schedule.js';

export function viewOf(scheduleId: ScheduleId, schedule: KnownSchedule, now: Moment): ScheduleView {
  const { name, rule, target, status, createdAt, lastFiredAt, lastRunId, firings } = schedule;
  return {
    scheduleId,
    name,
    rule,
    target,
    paused: status === 'paused',
    createdAt,
    nextDueAt: nextDue(schedule, now),
    lastFiredAt,
    lastRunId,
    firings,
  };
}
