/** Branded identifiers and names. Every id that is made here is a UUIDv7, so ids sort by the time they were made. */
import { z } from 'zod';

export const RunId = z.uuid().brand<'RunId'>();
export type RunId = z.infer<typeof RunId>;

export const DeploymentId = z.uuid().brand<'DeploymentId'>();
export type DeploymentId = z.infer<typeof DeploymentId>;

export const ScheduleId = z.uuid().brand<'ScheduleId'>();
export type ScheduleId = z.infer<typeof ScheduleId>;

/** The public part of an API key `tsk_<id>_<secret>`. */
export const KeyId = z
  .string()
  .regex(/^[0-9A-Za-z]{12}$/)
  .brand<'KeyId'>();
export type KeyId = z.infer<typeof KeyId>;

/** Lower case, digits and underscores, starting with a letter; dots separate name spaces as in Celery's `app.task`. */
export const TaskName = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/,
    'a task name is lower case letters, digits and underscores, starting with a letter, e.g. fetch_users',
  )
  .max(100)
  .brand<'TaskName'>();
export type TaskName = z.infer<typeof TaskName>;

export const QueueName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*$/, 'a queue name is lower case letters, digits, - and _, starting with a letter')
  .max(60)
  .brand<'QueueName'>();
export type QueueName = z.infer<typeof QueueName>;

/** The part of a queue that one deployment serves: `<queue>/<deployment id>`, or the queue's name alone for workers deployed elsewhere. */
export const Lane = z.string().brand<'Lane'>();
export type Lane = z.infer<typeof Lane>;

/** The lane of a deployment, or of workers deployed elsewhere when there is none. */
export function laneOf(queue: QueueName, deploymentId: DeploymentId | null): Lane {
  return (deploymentId === null ? queue : `${queue}/${deploymentId}`) as Lane;
}

/** Milliseconds since 1970, UTC. */
export const Moment = z.number().int().nonnegative();
export type Moment = z.infer<typeof Moment>;

export const Json = z.json();
export type Json = z.infer<typeof Json>;

/** A JSON Schema 2020-12 document. */
export const JsonSchema = z.record(z.string(), z.unknown());
export type JsonSchema = z.infer<typeof JsonSchema>;
