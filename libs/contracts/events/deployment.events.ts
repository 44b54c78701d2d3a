/** The life of a deployment. Owner: deployer. Stream: `deployment-<deployment id>`. */
import { z } from 'zod';
import { Json, Moment, QueueName, RunId, TaskName } from '../ids.js';
import { RefusalCodeSchema } from '../refusals.js';
import { Runtime, SmokeTest, TaskDeclaration } from '../tasks.js';

const at = Moment;

/** The steps on the way to active; a failure names the one it happened in. */
export const DeploymentStage = z.enum(['storing', 'building', 'starting', 'testing', 'activating']);
export type DeploymentStage = z.infer<typeof DeploymentStage>;

export const SmokeTestResult = z.object({
  task: TaskName,
  runId: RunId.nullable(),
  passed: z.boolean(),
  /** Why it did not pass, with what came back. */
  message: z.string(),
  result: Json.optional(),
});
export type SmokeTestResult = z.infer<typeof SmokeTestResult>;

/** How far the code of a worker is kept from everything else. */
export const IsolationTier = z.enum(['process', 'container']);
export type IsolationTier = z.infer<typeof IsolationTier>;

export const StartedWorker = z.object({
  /** `{task}_{queue}_worker`, suffix -2, -3 for replicas. */
  name: z.string(),
  /** Container id or process id. */
  handle: z.string(),
  tier: IsolationTier,
});
export type StartedWorker = z.infer<typeof StartedWorker>;

export const DeploymentEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('DeploymentRequested'),
    at,
    /** The task the deployment is named after. */
    task: TaskName,
    description: z.string(),
    category: z.string(),
    queue: QueueName,
    runtime: Runtime,
    entry: z.string(),
    bundleSha256: z.string(),
    files: z.array(z.object({ path: z.string(), size: z.number().int() })),
    /** What the caller or tasksmith.json declares; completed with what the code itself declares when the build is done. */
    declarations: z.array(TaskDeclaration.partial({ argumentsSchema: true, resultSchema: true })),
    smokeTests: z.array(SmokeTest),
    replicas: z.number().int().min(1).max(20),
    concurrency: z.number().int().min(1).max(64),
    by: z.string(),
  }),
  z.object({ type: z.literal('DeploymentStored'), at, path: z.string() }),
  z.object({ type: z.literal('DeploymentBuildStarted'), at, host: z.enum(['docker', 'process']) }),
  z.object({
    type: z.literal('DeploymentBuilt'),
    at,
    image: z.string(),
    tasks: z.array(TaskDeclaration),
    durationMs: z.number(),
  }),
  z.object({
    type: z.literal('DeploymentWorkersStarted'),
    at,
    workers: z.array(StartedWorker),
    durationMs: z.number(),
  }),
  z.object({ type: z.literal('DeploymentTested'), at, results: z.array(SmokeTestResult), durationMs: z.number() }),
  z.object({ type: z.literal('DeploymentActivated'), at }),
  z.object({
    type: z.literal('DeploymentFailed'),
    at,
    stage: DeploymentStage,
    code: RefusalCodeSchema,
    message: z.string(),
    log: z.array(z.string()),
  }),
  /** Lines of the build or of the start, in order. */
  z.object({ type: z.literal('DeploymentLogged'), at, stage: DeploymentStage, lines: z.array(z.string()) }),
  /** A newer deployment serves all of its tasks: runs in flight finish here, then the workers stop. */
  z.object({ type: z.literal('DeploymentSuperseded'), at, byDeploymentId: z.string() }),
  z.object({ type: z.literal('DeploymentStopRequested'), at, by: z.string(), reason: z.string() }),
  z.object({ type: z.literal('DeploymentStopped'), at, reason: z.string() }),
]);
export type DeploymentEvent = z.infer<typeof DeploymentEvent>;
