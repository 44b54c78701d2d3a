/** What queries answer with. Moments are milliseconds since 1970, UTC; the gateway renders them as ISO 8601. */
import { z } from 'zod';
import { DeploymentStage, IsolationTier, SmokeTestResult, StartedWorker } from '../events/deployment.events.js';
import { AttemptFailure, RunError } from '../events/run.events.js';
import { ScheduleRule, ScheduleTarget } from '../events/schedule.events.js';
import { Scope } from '../events/task.events.js';
import { DeploymentId, Json, JsonSchema, KeyId, Lane, Moment, QueueName, RunId, ScheduleId, TaskName } from '../ids.js';
import { RunPolicies } from '../policies.js';
import { Runtime } from '../tasks.js';

export const RunStatus = z.enum([
  'waiting',
  'running',
  'succeeded',
  'failed',
  'timed-out',
  'cancelled',
  'dead-lettered',
]);
export type RunStatus = z.infer<typeof RunStatus>;

export const RunSummary = z.object({
  runId: RunId,
  task: TaskName,
  taskVersion: z.number().int().nullable(),
  queue: QueueName,
  deploymentId: DeploymentId.nullable(),
  status: RunStatus,
  priority: z.number().int(),
  /** The attempt under way or last made; 0 before the first. */
  attempt: z.number().int(),
  acceptedAt: Moment,
  startedAt: Moment.nullable(),
  finishedAt: Moment.nullable(),
  /** Waiting until this moment, for delayed runs and retries. */
  notBefore: Moment.nullable(),
});
export type RunSummary = z.infer<typeof RunSummary>;

export const RunView = RunSummary.extend({
  arguments: z.record(z.string(), Json),
  result: Json.nullable(),
  error: RunError.nullable(),
  progress: z.object({ fraction: z.number(), message: z.string().nullable() }).nullable(),
  failures: z.array(z.object({ attempt: z.number().int(), reason: AttemptFailure, error: RunError, at: Moment })),
  cancelRequested: z.boolean(),
  idempotencyKey: z.string().nullable(),
  scheduleId: ScheduleId.nullable(),
  retryOf: RunId.nullable(),
});
export type RunView = z.infer<typeof RunView>;

/** A run as a gateway that waits for it is told: it has the arguments itself, and they may be large. */
export type AwaitedRun = Omit<RunView, 'arguments'>;

/** One event as anybody outside the owning service sees it. */
export const EventView = z.object({
  /** Opaque place in the log; pass it back to read on from there. */
  cursor: z.string(),
  stream: z.string(),
  version: z.number().int(),
  category: z.string(),
  type: z.string(),
  at: Moment,
  actor: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type EventView = z.infer<typeof EventView>;

export const TaskVersionView = z.object({
  version: z.number().int(),
  deploymentId: DeploymentId.nullable(),
  queue: QueueName,
  lane: Lane,
  publishedAt: Moment,
  /** False once its deployment has stopped. */
  serving: z.boolean(),
});

export const TaskView = z.object({
  name: TaskName,
  description: z.string(),
  category: z.string(),
  /** Of the active version; null when none serves. */
  activeVersion: z.number().int().nullable(),
  queue: QueueName,
  lane: Lane,
  deploymentId: DeploymentId.nullable(),
  argumentsSchema: JsonSchema,
  resultSchema: JsonSchema,
  policies: RunPolicies,
  deprecated: z.string().nullable(),
  createdAt: Moment,
  updatedAt: Moment,
});
export type TaskView = z.infer<typeof TaskView>;

export const TaskDetailsView = TaskView.extend({ versions: z.array(TaskVersionView) });
export type TaskDetailsView = z.infer<typeof TaskDetailsView>;

export const DeploymentStatus = z.enum([
  'requested',
  'stored',
  'building',
  'starting',
  'testing',
  'active',
  'draining',
  'stopping',
  'stopped',
  'failed',
]);
export type DeploymentStatus = z.infer<typeof DeploymentStatus>;

export const DeploymentView = z.object({
  deploymentId: DeploymentId,
  task: TaskName,
  description: z.string(),
  category: z.string(),
  queue: QueueName,
  lane: Lane,
  runtime: Runtime,
  status: DeploymentStatus,
  tasks: z.array(TaskName),
  bundleSha256: z.string(),
  files: z.array(z.string()),
  path: z.string().nullable(),
  image: z.string().nullable(),
  host: z.enum(['docker', 'process']).nullable(),
  workers: z.array(StartedWorker),
  smokeTests: z.array(SmokeTestResult),
  failure: z
    .object({ stage: DeploymentStage, code: z.string(), message: z.string(), log: z.array(z.string()) })
    .nullable(),
  requestedAt: Moment,
  activatedAt: Moment.nullable(),
  endedAt: Moment.nullable(),
});
export type DeploymentView = z.infer<typeof DeploymentView>;

export const WorkerView = z.object({
  name: z.string(),
  deploymentId: DeploymentId,
  task: TaskName,
  queue: QueueName,
  tier: IsolationTier,
  handle: z.string(),
  /** As the host reports it. */
  state: z.enum(['running', 'restarting', 'exited', 'missing']),
  restarts: z.number().int(),
  detail: z.string(),
});
export type WorkerView = z.infer<typeof WorkerView>;

export const QueueView = z.object({
  queue: QueueName,
  waiting: z.number().int(),
  /** Waiting runs for each priority, 0 to 9. */
  waitingByPriority: z.array(z.number().int()).length(10),
  /** Waiting for a later moment (retries and delayed runs). */
  delayed: z.number().int(),
  running: z.number().int(),
  workers: z.number().int(),
  /** When the oldest waiting run was accepted. */
  oldestAt: Moment.nullable(),
  lanes: z.array(Lane),
});
export type QueueView = z.infer<typeof QueueView>;

export const ScheduleView = z.object({
  scheduleId: ScheduleId,
  name: z.string(),
  rule: ScheduleRule,
  target: ScheduleTarget,
  paused: z.boolean(),
  createdAt: Moment,
  nextDueAt: Moment.nullable(),
  lastFiredAt: Moment.nullable(),
  lastRunId: RunId.nullable(),
  firings: z.number().int(),
});
export type ScheduleView = z.infer<typeof ScheduleView>;

export const KeyView = z.object({
  keyId: KeyId,
  name: z.string(),
  scope: Scope,
  createdAt: Moment,
  revokedAt: Moment.nullable(),
});
export type KeyView = z.infer<typeof KeyView>;

/** A page of a list; `next` is the cursor of the following page, null on the last. */
export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() });
export const PageRequest = z.object({
  cursor: z.string().optional(),
  limit: z.number().int().min(1).max(500).default(50),
});
