/** How each event changes a schedule. */
import { type ScheduleEvent } from '#contracts';
import { type KnownSchedule, type Schedule } from './schedule.js';

const RUNS_BY_HAND_REMEMBERED = 50;

export function evolve(schedule: Schedule, event: ScheduleEvent): Schedule {
  if (event.type === 'ScheduleCreated') return created(event);
  return schedule.status === 'unknown' ? schedule : changed(schedule, event);
}

function created({ name, rule, target, at }: Extract<ScheduleEvent, { type: 'ScheduleCreated' }>): Schedule {
  const body = { name, rule, target };
  return {
    ...body,
    status: 'active',
    createdAs: body,
    createdAt: at,
    settledUpTo: at,
    lastDueAt: null,
    lastFiredAt: null,
    lastRunId: null,
    firings: 0,
    runsByHand: [],
  };
}

function changed(schedule: KnownSchedule, event: Exclude<ScheduleEvent, { type: 'ScheduleCreated' }>): KnownSchedule {
  switch (event.type) {
    case 'ScheduleRevised':
      return revised(schedule, event);
    case 'SchedulePaused':
      return { ...schedule, status: 'paused' };
    case 'ScheduleResumed':
      return { ...schedule, status: 'active', settledUpTo: Math.max(schedule.settledUpTo, event.at) };
    case 'ScheduleDeleted':
      return { ...schedule, status: 'deleted' };
    case 'ScheduleFired':
      return fired(schedule, event);
  }
}

/** A new rule counts from now on; it does not look back. */
function revised(
  schedule: KnownSchedule,
  { name, rule, target, at }: Extract<ScheduleEvent, { type: 'ScheduleRevised' }>,
): KnownSchedule {
  return {
    ...schedule,
    name: name ?? schedule.name,
    rule: rule ?? schedule.rule,
    target: target ?? schedule.target,
    settledUpTo: rule ? Math.max(schedule.settledUpTo, at) : schedule.settledUpTo,
  };
}

function fired(
  schedule: KnownSchedule,
  { dueAt, runId, cause, at }: Extract<ScheduleEvent, { type: 'ScheduleFired' }>,
): KnownSchedule {
  const after = { ...schedule, lastFiredAt: at, lastRunId: runId, firings: schedule.firings + 1 };
  if (cause === 'due') return { ...after, lastDueAt: dueAt, settledUpTo: Math.max(schedule.settledUpTo, dueAt) };
  return { ...after, runsByHand: [...schedule.runsByHand, runId].slice(-RUNS_BY_HAND_REMEMBERED) };
}
