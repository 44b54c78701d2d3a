/** A run as the gateway asks for it: the task already found, its arguments already checked, its lane already chosen. */
import { z } from 'zod';
import { DeploymentId, Json, Lane, Moment, QueueName, RunId, ScheduleId, TaskName } from '../ids.js';
import { DEFAULT_PRIORITY, Priority, RunPolicies } from '../policies.js';

export const RunAcceptance = z.object({
  runId: RunId,
  task: TaskName,
  taskVersion: z.number().int().nullable(),
  queue: QueueName,
  lane: Lane,
  deploymentId: DeploymentId.nullable(),
  arguments: z.record(z.string(), Json),
  priority: Priority.default(DEFAULT_PRIORITY),
  notBefore: Moment.nullable().default(null),
  policies: RunPolicies,
  waiter: z.string().nullable().default(null),
  idempotencyKey: z.string().max(255).nullable().default(null),
  scheduleId: ScheduleId.nullable().default(null),
  /** The finished run that this one repeats: a retry is a new run, found and checked like any other. */
  retryOf: RunId.nullable().default(null),
});
export type RunAcceptance = z.infer<typeof RunAcceptance>;
