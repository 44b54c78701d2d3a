/** What a schedule is now: a fold of its events, with the instants it is due at. */
import { type Moment, type RunId, type ScheduleRule, type ScheduleTarget } from '#contracts';
import { latestInstant, nextInstant } from './calendar.js';

export interface ScheduleBody {
  readonly name: string;
  readonly rule: ScheduleRule;
  readonly target: ScheduleTarget;
}

export type KnownSchedule = ScheduleBody & {
  readonly status: 'active' | 'paused' | 'deleted';
  /** As it was asked for at first, so that asking again is recognised. */
  readonly createdAs: ScheduleBody;
  readonly createdAt: Moment;
  /** Instants up to here are past: fired, skipped, or before the schedule was made, resumed or given its rule. */
  readonly settledUpTo: Moment;
  readonly lastDueAt: Moment | null;
  readonly lastFiredAt: Moment | null;
  readonly lastRunId: RunId | null;
  readonly firings: number;
  /** The last runs that were asked for by hand, so that asking again is recognised. */
  readonly runsByHand: readonly RunId[];
};
export type Schedule = { readonly status: 'unknown' } | KnownSchedule;

export const noSchedule: Schedule = { status: 'unknown' };

/**
 * How late an instant may be and still fire in its own right. A handover between schedulers takes less, so none is lost when one dies. When the
 * next instant is overdue for longer, no scheduler was alive: the latest fires, those before it are skipped. See docs/decisions/0005-missed-firings.md.
 */
export const MISSED_AFTER_MS = 60_000;

/** The first instant strictly after a moment, whatever was fired; null when the schedule is not active. */
export function nextDue(schedule: Schedule, after: Moment): Moment | null {
  if (schedule.status !== 'active') return null;
  return nextInstant(schedule.rule, { base: schedule.createdAt, after });
}

/** The first instant that is not settled yet: the past one to fire now, else the one to wait for. */
export function nextUnsettled(schedule: Schedule): Moment | null {
  return schedule.status === 'active' ? nextDue(schedule, schedule.settledUpTo) : null;
}

/** The one instant that may fire at this moment; null when none is due. */
export function dueNow(schedule: Schedule, now: Moment): Moment | null {
  const next = nextUnsettled(schedule);
  if (next === null || next > now || schedule.status !== 'active') return null;
  if (now - next <= MISSED_AFTER_MS) return next;
  return latestInstant(schedule.rule, { base: schedule.createdAt, until: now }) ?? next;
}
