/** The life of a task and of API keys. Owner: registry. Streams: `task-<name>`, `key-<key id>`. */
import { z } from 'zod';
import { DeploymentId, KeyId, Lane, Moment, QueueName, type TaskName } from '../ids.js';
import { TaskDeclaration } from '../tasks.js';

const at = Moment;
const version = z.number().int().min(1);

export const TaskEvent = z.discriminatedUnion('type', [
  /** A version became available and serves from now on. */
  z.object({
    type: z.literal('TaskVersionPublished'),
    at,
    version,
    declaration: TaskDeclaration,
    category: z.string(),
    queue: QueueName,
    lane: Lane,
    /** Null when the task was registered by hand and is served by workers deployed elsewhere. */
    deploymentId: DeploymentId.nullable(),
    by: z.string(),
  }),
  z.object({ type: z.literal('TaskVersionActivated'), at, version, by: z.string() }),
  /** The version's deployment stopped; if it was active, the task serves no calls until another version is published or activated. */
  z.object({
    type: z.literal('TaskVersionRetired'),
    at,
    version,
    deploymentId: DeploymentId.nullable(),
    reason: z.string(),
  }),
  z.object({
    type: z.literal('TaskRevised'),
    at,
    description: z.string().optional(),
    category: z.string().optional(),
    policies: TaskDeclaration.shape.policies.optional(),
    by: z.string(),
  }),
  z.object({ type: z.literal('TaskDeprecated'), at, reason: z.string(), by: z.string() }),
  z.object({ type: z.literal('TaskRemoved'), at, by: z.string() }),
]);
export type TaskEvent = z.infer<typeof TaskEvent>;

export const Scope = z.enum(['admin', 'operator', 'agent', 'viewer']);
export type Scope = z.infer<typeof Scope>;

export const KeyEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('KeyCreated'),
    at,
    keyId: KeyId,
    name: z.string(),
    scope: Scope,
    /** sha256 of the whole key, hex. */
    hash: z.string(),
    by: z.string(),
  }),
  z.object({ type: z.literal('KeyRevoked'), at, keyId: KeyId, by: z.string() }),
]);
export type KeyEvent = z.infer<typeof KeyEvent>;

export const taskNameOfStream = (stream: string): TaskName => stream.slice('task-'.length) as TaskName;
