/** Starts a task again and again. */
import { z } from 'zod';
import {
  CreateSchedule,
  isRefused,
  type Json,
  refuse,
  type Refused,
  type ScheduleId,
  type ScheduleRule,
  type ScheduleView,
} from '#contracts';
import { newId } from '#lifecycle';
import { resolveTarget } from '../../catalogue/index.js';
import { kwargs, priority } from '../catalogue/arguments.js';
import { answer, changes, defineTool, type ToolParts } from '../catalogue/index.js';
import { shortText } from '../text/hygiene.js';
import { iso } from './iso.js';

export const scheduleTaskTool = defineTool({
  name: 'schedule_task',
  title: 'Schedule a task',
  description: 'Runs a task by cron or at an interval until the schedule is deleted. Give cron or every_seconds.',
  action: 'schedule',
  annotations: changes,
  input: z.strictObject({
    task_name: z.string(),
    name: z.string().min(1).max(200).optional().describe('of the schedule'),
    kwargs,
    cron: z.string().max(200).optional().describe('5 or 6 fields, e.g. "0 9 * * 1-5"'),
    time_zone: z.string().max(100).optional().describe('IANA name, default UTC'),
    every_seconds: z.number().min(1).max(31_536_000).optional(),
    priority,
  }),
  output: z.object({
    success: z.boolean(),
    schedule_id: z.string(),
    name: z.string(),
    task_name: z.string(),
    next_due_at: z.unknown(),
    message: z.string(),
  }),
  run: async (given, { caller, parts }) => {
    const rule = ruleOf(given);
    if (isRefused(rule)) return rule;
    const target = await targetOf(given, parts);
    if (isRefused(target)) return target;
    const scheduleId = newId() as ScheduleId;
    const name = given.name ?? `${given.task_name} ${given.cron ?? `every ${given.every_seconds} s`}`;
    const made = await parts.requester.request(CreateSchedule, { actor: caller.actor, scheduleId, name, rule, target });
    if (isRefused(made)) return made;
    const next = made.nextDueAt === null ? 'not due' : `due next at ${iso(made.nextDueAt)}`;
    return answer({ ...shownSchedule(made), message: `${made.target.task} is scheduled; ${next}.` });
  },
});

interface Timing {
  cron?: string | undefined;
  time_zone?: string | undefined;
  every_seconds?: number | undefined;
}

function ruleOf({ cron, time_zone: timeZone = 'UTC', every_seconds: seconds }: Timing): ScheduleRule | Refused {
  if ((cron === undefined) === (seconds === undefined))
    return refuse('schedule.rule-invalid', 'A schedule needs either cron or every_seconds.', {
      hint: 'Give cron "*/5 * * * *" or every_seconds 300.',
      details: { field: '/cron' },
    });
  return cron === undefined
    ? { kind: 'interval', everyMs: Math.round(seconds! * 1_000) }
    : { kind: 'cron', expression: cron, timeZone };
}

async function targetOf(
  {
    task_name: name,
    kwargs = {},
    priority,
  }: { task_name: string; kwargs?: Record<string, Json> | undefined; priority?: number | undefined },
  { catalogue }: ToolParts,
) {
  const task = await resolveTarget(catalogue, { task: name, arguments: kwargs });
  if (isRefused(task)) return task;
  return { task: task.name, arguments: kwargs, ...(priority === undefined ? {} : { priority }) };
}

export function shownSchedule(schedule: ScheduleView) {
  const { rule, target } = schedule;
  return {
    schedule_id: schedule.scheduleId,
    name: shortText(schedule.name, 200),
    task_name: target.task,
    kwargs: target.arguments,
    ...(rule.kind === 'cron'
      ? { cron: rule.expression, time_zone: rule.timeZone }
      : { every_seconds: rule.everyMs / 1_000 }),
    paused: schedule.paused,
    next_due_at: iso(schedule.nextDueAt),
    last_fired_at: iso(schedule.lastFiredAt),
    last_run_id: schedule.lastRunId,
    firings: schedule.firings,
  };
}
