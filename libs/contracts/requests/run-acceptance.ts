/** A run as the gateway asks for it: the task already found, its arguments already checked, its lane already chosen. */
import { z } from 'zod';
import { DeploymentId, type Json, Lane, Moment, QueueName, RunId, ScheduleId, TaskName } from '../ids.js';
import { DEFAULT_PRIORITY, Priority, RunPolicies } from '../policies.js';

/** The version of a task that serves, where it runs and by which rules: the same for many runs. */
export const RunTarget = z.object({
  task: TaskName,
  taskVersion: z.number().int().nullable(),
  queue: QueueName,
  lane: Lane,
  deploymentId: DeploymentId.nullable(),
  policies: RunPolicies,
});
export type RunTarget = z.infer<typeof RunTarget>;

/** Came out of JSON.parse, and was checked against the schema of the task: looking at each member again would prove nothing more. */
const checkedArguments = z.custom<Record<string, Json>>((value) => typeof value === 'object' && value !== null);

/** What one run has for itself. */
export const RunCall = z.object({
  runId: RunId,
  arguments: checkedArguments,
  priority: Priority.default(DEFAULT_PRIORITY),
  notBefore: Moment.nullable().default(null),
  waiter: z.string().nullable().default(null),
  idempotencyKey: z.string().max(255).nullable().default(null),
  scheduleId: ScheduleId.nullable().default(null),
  /** The finished run that this one repeats: a retry is a new run, found and checked like any other. */
  retryOf: RunId.nullable().default(null),
});
export type RunCall = z.infer<typeof RunCall>;

export const RunAcceptance = z.object({ ...RunTarget.shape, ...RunCall.shape });
export type RunAcceptance = z.infer<typeof RunAcceptance>;

/** Member by member: on the way of every run, and a spread of both takes ten times as long. */
export function acceptanceOf(target: RunTarget, call: RunCall): RunAcceptance {
  return {
    runId: call.runId,
    task: target.task,
    taskVersion: target.taskVersion,
    queue: target.queue,
    lane: target.lane,
    deploymentId: target.deploymentId,
    arguments: call.arguments,
    priority: call.priority,
    notBefore: call.notBefore,
    policies: target.policies,
    waiter: call.waiter,
    idempotencyKey: call.idempotencyKey,
    scheduleId: call.scheduleId,
    retryOf: call.retryOf,
  };
}
