/** The life of one run. Owner: dispatcher. Stream: `run-<run id>`. `at` is milliseconds since 1970. */
import { z } from 'zod';
import { DeploymentId, Json, Lane, Moment, QueueName, RunId, ScheduleId, TaskName } from '../ids.js';
import { Priority, RunPolicies } from '../policies.js';

export const RunError = z.object({
  type: z.string(),
  message: z.string(),
  traceback: z.string().nullable().default(null),
});
export type RunError = z.infer<typeof RunError>;

export const LogLine = z.object({ at: Moment, stream: z.enum(['stdout', 'stderr', 'log']), text: z.string() });
export type LogLine = z.infer<typeof LogLine>;

/** Why one attempt ended without a result. `worker-lost`: its lease ran out. `queue-lost`: Redis lost the job. */
export const AttemptFailure = z.enum(['raised', 'timed-out', 'crashed', 'worker-lost', 'queue-lost']);
export type AttemptFailure = z.infer<typeof AttemptFailure>;

const attempt = z.number().int().min(1);
const at = Moment;

export const RunEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('RunAccepted'),
    at,
    task: TaskName,
    taskVersion: z.number().int().nullable(),
    queue: QueueName,
    lane: Lane,
    deploymentId: DeploymentId.nullable(),
    arguments: z.record(z.string(), Json),
    priority: Priority,
    /** Not to be started before this moment. */
    notBefore: Moment.nullable(),
    policies: RunPolicies,
    /** NATS inbox of the gateway that waits for the outcome, if one does. */
    waiter: z.string().nullable(),
    idempotencyKey: z.string().nullable(),
    scheduleId: ScheduleId.nullable(),
    retryOf: RunId.nullable(),
  }),
  z.object({ type: z.literal('RunStarted'), at, attempt, worker: z.string() }),
  z.object({
    type: z.literal('RunProgressed'),
    at,
    attempt,
    fraction: z.number().min(0).max(1),
    message: z.string().nullable(),
  }),
  z.object({ type: z.literal('RunLogged'), at, attempt, lines: z.array(LogLine) }),
  z.object({
    type: z.literal('RunAttemptFailed'),
    at,
    attempt,
    reason: AttemptFailure,
    error: RunError,
    /** When the next attempt may start; null when there is none. */
    retryAt: Moment.nullable(),
  }),
  z.object({ type: z.literal('RunCancelRequested'), at, by: z.string(), reason: z.string().nullable() }),
  z.object({
    type: z.literal('RunLateOutcomeIgnored'),
    at,
    attempt,
    worker: z.string(),
    /** The kind of outcome that came too late. */
    kind: z.string(),
  }),
  z.object({ type: z.literal('RunSucceeded'), at, attempt, result: Json, durationMs: z.number() }),
  z.object({
    type: z.literal('RunFailed'),
    at,
    attempt,
    reason: z.enum(['raised', 'not-retryable', 'timed-out']),
    error: RunError,
  }),
  z.object({
    type: z.literal('RunTimedOut'),
    at,
    attempt,
    limit: z.enum(['soft', 'hard']),
    limitMs: z.number(),
    error: RunError,
  }),
  z.object({ type: z.literal('RunCancelled'), at, by: z.string(), reason: z.string().nullable() }),
  z.object({
    type: z.literal('RunDeadLettered'),
    at,
    attempt,
    reason: z.enum(['attempts-exhausted', 'crashes-exhausted']),
    error: RunError,
  }),
]);
export type RunEvent = z.infer<typeof RunEvent>;
export type RunAccepted = Extract<RunEvent, { type: 'RunAccepted' }>;

/** Ties an idempotency key to the run it made. Owner: dispatcher. Stream: `idempotency-<sha256 of caller and key>`. */
export const IdempotencyEvent = z.object({
  type: z.literal('IdempotencyKeyUsed'),
  at,
  runId: RunId,
  /** sha256 of the request, so that the same key with another body is a conflict. */
  requestHash: z.string(),
});
export type IdempotencyEvent = z.infer<typeof IdempotencyEvent>;

export const terminalRunEvents = [
  'RunSucceeded',
  'RunFailed',
  'RunTimedOut',
  'RunCancelled',
  'RunDeadLettered',
] as const;
