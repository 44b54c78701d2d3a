/** The life of a schedule. Owner: scheduler. Stream: `schedule-<schedule id>`. */
import { z } from 'zod';
import { Json, Moment, RunId, TaskName } from '../ids.js';
import { Priority } from '../policies.js';

const at = Moment;

export const ScheduleRule = z.discriminatedUnion('kind', [
  /** Five fields, or six with seconds first; evaluated in `timeZone` (IANA name). */
  z.object({ kind: z.literal('cron'), expression: z.string(), timeZone: z.string().default('UTC') }),
  /** Due at creation + everyMs, + 2 everyMs, ... */
  z.object({ kind: z.literal('interval'), everyMs: z.number().int().min(1_000) }),
]);
export type ScheduleRule = z.infer<typeof ScheduleRule>;

export const ScheduleTarget = z.object({
  task: TaskName,
  arguments: z.record(z.string(), Json).default({}),
  priority: Priority.optional(),
});
export type ScheduleTarget = z.infer<typeof ScheduleTarget>;

export const ScheduleEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ScheduleCreated'),
    at,
    name: z.string(),
    rule: ScheduleRule,
    target: ScheduleTarget,
    by: z.string(),
  }),
  z.object({
    type: z.literal('ScheduleRevised'),
    at,
    name: z.string().optional(),
    rule: ScheduleRule.optional(),
    target: ScheduleTarget.optional(),
    by: z.string(),
  }),
  z.object({ type: z.literal('SchedulePaused'), at, by: z.string() }),
  z.object({ type: z.literal('ScheduleResumed'), at, by: z.string() }),
  z.object({ type: z.literal('ScheduleDeleted'), at, by: z.string() }),
  /** A due instant, or a run-now, became a run. Each due instant is fired once: the stream's version guards it. */
  z.object({ type: z.literal('ScheduleFired'), at, dueAt: Moment, runId: RunId, cause: z.enum(['due', 'run-now']) }),
]);
export type ScheduleEvent = z.infer<typeof ScheduleEvent>;
