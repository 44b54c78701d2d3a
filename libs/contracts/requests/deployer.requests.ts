/** What the deployer answers. */
import { z } from 'zod';
import { DeploymentId, QueueName, TaskName } from '../ids.js';
import { RunPoliciesInput } from '../policies.js';
import { Parameter, Runtime, SmokeTest } from '../tasks.js';
import { DeploymentStatus, DeploymentView, PageRequest, pageOf, WorkerView } from '../views/views.js';
import { defineRequest } from './request.js';

export const InlineFile = z.object({
  path: z.string().min(1).max(240),
  content: z.string(),
  encoding: z.enum(['utf8', 'base64']).default('utf8'),
});
export type InlineFile = z.infer<typeof InlineFile>;

/** A bundle on its way in. Nothing about it has been believed yet. */
export const BundleSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('files'), files: z.array(InlineFile).min(1).max(1_000) }),
  z.object({ kind: z.literal('archive'), format: z.enum(['tar.gz', 'zip']), base64: z.string() }),
  /** A folder on the deployer's own host; only under folders that the operator has allowed. */
  z.object({ kind: z.literal('folder'), path: z.string() }),
]);
export type BundleSource = z.infer<typeof BundleSource>;

/** Checks and stores the bundle, then answers; building, starting and testing follow and are seen in the deployment's events. */
export const DeployBundle = defineRequest('deployer', 'deploy-bundle', {
  input: z.object({
    actor: z.string(),
    deploymentId: DeploymentId,
    task: TaskName,
    description: z.string().max(4_000).default(''),
    /** The task's arguments in the simple form; when left out they are read from the code. */
    parameters: z.array(Parameter).optional(),
    returnType: z.string().optional(),
    queue: QueueName,
    category: z.string().default('general'),
    runtime: Runtime.optional(),
    policies: RunPoliciesInput.default({}),
    smokeTests: z.array(SmokeTest).default([]),
    replicas: z.number().int().min(1).max(20).default(1),
    concurrency: z.number().int().min(1).max(64).default(4),
    source: BundleSource,
  }),
  output: DeploymentView,
});

export const StopDeployment = defineRequest('deployer', 'stop-deployment', {
  input: z.object({ actor: z.string(), deploymentId: DeploymentId, reason: z.string().default('stopped by request') }),
  output: DeploymentView,
});

export const GetDeployment = defineRequest('deployer', 'get-deployment', {
  input: z.object({ deploymentId: DeploymentId }),
  output: DeploymentView,
});

export const GetDeploymentLog = defineRequest('deployer', 'get-deployment-log', {
  input: z.object({ deploymentId: DeploymentId, tail: z.number().int().min(1).max(5_000).default(500) }),
  output: z.object({
    /** Lines of the stages, from the log of events. */
    build: z.array(z.object({ stage: z.string(), line: z.string() })),
    /** Last lines of each worker's own output, from its host. */
    workers: z.array(z.object({ worker: z.string(), lines: z.array(z.string()) })),
  }),
});

/** The files of the bundle, for reading. */
export const GetBundleFiles = defineRequest('deployer', 'get-bundle-files', {
  input: z.object({ deploymentId: DeploymentId }),
  output: z.object({ files: z.array(InlineFile) }),
});

export const ListDeployments = defineRequest('deployer', 'list-deployments', {
  input: PageRequest.extend({
    status: DeploymentStatus.optional(),
    task: TaskName.optional(),
    queue: QueueName.optional(),
  }),
  output: pageOf(DeploymentView),
});

export const ListWorkers = defineRequest('deployer', 'list-workers', {
  input: z.object({}),
  output: z.object({ workers: z.array(WorkerView) }),
});
