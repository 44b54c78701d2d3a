/** What may be done with a schedule, and which events state that it was done. */
import {
  type Moment,
  refuse,
  type Refused,
  type RunId,
  type ScheduleEvent,
  type ScheduleId,
  type ScheduleRule,
  type ScheduleTarget,
  sameJson,
} from '#contracts';
import { type Decider } from '../../../libs/event-store/decider.js';
import { problemOf } from './calendar.js';
import { evolve } from './schedule.evolve.js';
import { dueNow, type KnownSchedule, noSchedule, type Schedule, type ScheduleBody } from './schedule.js';

interface Common {
  readonly scheduleId: ScheduleId;
  readonly by: string;
  readonly at: Moment;
}

export type CreateSchedule = Common & ScheduleBody & { readonly type: 'CreateSchedule' };
export type ReviseSchedule = Common & {
  readonly type: 'ReviseSchedule';
  readonly name?: string | undefined;
  readonly rule?: ScheduleRule | undefined;
  readonly target?: ScheduleTarget | undefined;
};
export type PauseSchedule = Common & { readonly type: 'PauseSchedule' };
export type ResumeSchedule = Common & { readonly type: 'ResumeSchedule' };
export type DeleteSchedule = Common & { readonly type: 'DeleteSchedule' };
export type RunScheduleNow = Common & { readonly type: 'RunScheduleNow'; readonly runId: RunId };
/** The clock's command: this instant has come. `runId` is the run that it becomes. */
export type FireDue = {
  readonly type: 'FireDue';
  readonly dueAt: Moment;
  readonly runId: RunId;
  readonly at: Moment;
};

type ByHand = CreateSchedule | ReviseSchedule | PauseSchedule | ResumeSchedule | DeleteSchedule | RunScheduleNow;
export type ScheduleCommand = ByHand | FireDue;

export const scheduleDecider: Decider<ScheduleCommand, Schedule, ScheduleEvent> = {
  initial: noSchedule,
  evolve,
  decide,
};

function decide(command: ScheduleCommand, schedule: Schedule): ScheduleEvent[] | Refused {
  if (command.type === 'FireDue') return fireDue(command, schedule);
  if (command.type === 'CreateSchedule') return create(command, schedule);
  if (command.type === 'DeleteSchedule' && schedule.status === 'deleted') return []; // deleting twice is not an error
  if (schedule.status === 'unknown' || schedule.status === 'deleted') return unknown(command.scheduleId);
  return change(command, schedule);
}

function change(command: Exclude<ByHand, CreateSchedule>, schedule: KnownSchedule): ScheduleEvent[] | Refused {
  const { by, at } = command;
  switch (command.type) {
    case 'ReviseSchedule':
      return revise(command, schedule);
    case 'PauseSchedule':
      return schedule.status === 'paused' ? [] : [{ type: 'SchedulePaused', at, by }];
    case 'ResumeSchedule':
      return schedule.status === 'active' ? [] : [{ type: 'ScheduleResumed', at, by }];
    case 'DeleteSchedule':
      return [{ type: 'ScheduleDeleted', at, by }];
    case 'RunScheduleNow':
      return runNow(command, schedule);
  }
}

function create(command: CreateSchedule, schedule: Schedule): ScheduleEvent[] | Refused {
  const { scheduleId, name, rule, target, by, at } = command;
  if (schedule.status === 'deleted') return unknown(scheduleId);
  if (schedule.status !== 'unknown') {
    if (sameJson(schedule.createdAs, { name, rule, target })) return [];
    return refuse('idempotency.conflict', `Schedule ${scheduleId} was created with another name, rule or target.`, {
      hint: 'Revise it, or create one with an id of its own.',
    });
  }
  return invalidRule(rule) ?? [{ type: 'ScheduleCreated', at, name, rule, target, by }];
}

function revise({ name, rule, target, by, at }: ReviseSchedule, schedule: KnownSchedule): ScheduleEvent[] | Refused {
  const changes = {
    ...(name === undefined || name === schedule.name ? {} : { name }),
    ...(rule === undefined || sameJson(rule, schedule.rule) ? {} : { rule }),
    ...(target === undefined || sameJson(target, schedule.target) ? {} : { target }),
  };
  if (Object.keys(changes).length === 0) return [];
  return invalidRule(changes.rule) ?? [{ type: 'ScheduleRevised', at, ...changes, by }];
}

/** Also of a paused schedule: asking for one run by hand is no wish to resume. */
function runNow({ runId, at }: RunScheduleNow, schedule: KnownSchedule): ScheduleEvent[] {
  if (schedule.runsByHand.includes(runId)) return [];
  return [{ type: 'ScheduleFired', at, dueAt: at, runId, cause: 'run-now' }];
}

/**
 * Several clocks may ask for one instant, or for one that was paused away meanwhile. Whoever is first settles it in the stream; to the others, and
 * to whoever is too early, there is nothing to do.
 */
function fireDue({ dueAt, runId, at }: FireDue, schedule: Schedule): ScheduleEvent[] {
  return dueNow(schedule, at) === dueAt ? [{ type: 'ScheduleFired', at, dueAt, runId, cause: 'due' }] : [];
}

function invalidRule(rule: ScheduleRule | undefined): Refused | undefined {
  const problem = rule && problemOf(rule);
  if (!problem) return undefined;
  return refuse('schedule.rule-invalid', problem.message, { hint: problem.hint, details: { field: problem.field } });
}

export function unknown(scheduleId: ScheduleId): Refused {
  return refuse('schedule.unknown', `There is no schedule ${scheduleId}.`, { hint: 'List the schedules to see them.' });
}
