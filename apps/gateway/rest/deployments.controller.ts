/** Deployments: code that is built and run. */
import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import {
  type BundleSource,
  DeployBundle,
  DeploymentId,
  DeploymentStatus,
  DeploymentView,
  GetBundleFiles,
  GetDeployment,
  GetDeploymentLog,
  InlineFile,
  isRefused,
  ListDeployments,
  QueueName,
  refuse,
  type Refused,
  StopDeployment,
  TaskName,
} from '#contracts';
import { newId } from '#lifecycle';
import { type Requester } from '#messaging';
import { mediaTypeOf } from './parse-input.js';
import { Handles } from './handles.js';
import { Answer, API, type Asked, route } from './route.js';
import { pageQuery } from './shapes.js';
import { REQUESTER } from './tokens.js';

const oneDeployment = z.object({ deploymentId: DeploymentId });
const described = DeployBundle.input.omit({ actor: true, deploymentId: true, source: true }).shape;

/** Kinds of archive that may be sent as the body itself. */
export const archiveFormats: Record<string, 'tar.gz' | 'zip'> = {
  'application/gzip': 'tar.gz',
  'application/x-gzip': 'tar.gz',
  'application/zip': 'zip',
};

export const deploy = route({
  method: 'POST',
  path: '/deployments',
  action: 'deploy',
  summary: 'Deploy a bundle',
  description:
    'Answers once the bundle is checked and stored; building, starting and testing follow. The bundle is given as `files`, as a base64 `archive`, ' +
    'or as the body itself (application/gzip or application/zip), with what describes it in the query.',
  query: z.strictObject({
    task: TaskName.optional(),
    queue: QueueName.optional(),
    description: z.string().max(4_000).optional(),
    category: z.string().max(100).optional(),
    runtime: described.runtime,
    replicas: z.coerce.number().int().min(1).max(20).optional(),
    concurrency: z.coerce.number().int().min(1).max(64).optional(),
  }),
  body: z.strictObject({
    ...described,
    files: z.array(InlineFile).min(1).max(1_000).optional(),
    archive: z.strictObject({ format: z.enum(['tar.gz', 'zip']), base64: z.base64() }).optional(),
    folder: z.string().optional().describe("On the deployer's own host, under a folder that the operator allowed"),
  }),
  rawBodies: Object.keys(archiveFormats),
  output: DeploymentView,
  status: 202,
  refusals: ['bundle.refused', 'bundle.file-missing', 'bundle.path-missing', 'bundle.too-large', 'disk.full'],
});
export const listDeployments = route({
  method: 'GET',
  path: '/deployments',
  action: 'read',
  summary: 'List deployments, the newest first',
  query: z.strictObject({
    ...pageQuery,
    status: DeploymentStatus.optional(),
    task: TaskName.optional(),
    queue: QueueName.optional(),
  }),
  output: ListDeployments.output,
});
export const getDeployment = route({
  method: 'GET',
  path: '/deployments/{deploymentId}',
  action: 'read',
  summary: 'Get a deployment',
  params: oneDeployment,
  output: DeploymentView,
  refusals: ['deployment.unknown'],
});
export const stopDeployment = route({
  method: 'POST',
  path: '/deployments/{deploymentId}/stop',
  action: 'stop',
  summary: 'Stop a deployment',
  params: oneDeployment,
  body: z.strictObject({ reason: z.string().min(1).max(1_000).optional() }),
  bodyIsOptional: true,
  output: DeploymentView,
  refusals: ['deployment.unknown', 'deployment.not-stoppable'],
});
export const getDeploymentLog = route({
  method: 'GET',
  path: '/deployments/{deploymentId}/log',
  action: 'read',
  summary: "The build's log and the last lines of each worker",
  params: oneDeployment,
  query: z.strictObject({ tail: z.coerce.number().int().min(1).max(5_000).default(500) }),
  output: GetDeploymentLog.output,
  refusals: ['deployment.unknown'],
});
export const getDeploymentFiles = route({
  method: 'GET',
  path: '/deployments/{deploymentId}/files',
  action: 'read',
  summary: "The bundle's files",
  params: oneDeployment,
  output: GetBundleFiles.output,
  refusals: ['deployment.unknown'],
});

/** Storing a large bundle takes longer than an ordinary request. */
const DEPLOY_DEADLINE_MS = 30_000;

@Controller()
export class DeploymentsController {
  constructor(@Inject(REQUESTER) private readonly requester: Requester) {}

  @Handles(deploy)
  async deploy(asked: Asked<typeof deploy>) {
    const bundle = Buffer.isBuffer(asked.body) ? archiveSent(asked) : describedBundle(asked);
    if (isRefused(bundle)) return bundle;
    const deploymentId = newId() as DeploymentId;
    const input = { actor: asked.caller.actor, deploymentId, ...bundle };
    const deployment = await this.requester.request(DeployBundle, input, { deadlineMs: DEPLOY_DEADLINE_MS });
    if (isRefused(deployment)) return deployment;
    return new Answer(deployment, { status: 202, headers: { location: `${API}/deployments/${deploymentId}` } });
  }

  @Handles(listDeployments)
  list({ query }: Asked<typeof listDeployments>) {
    return this.requester.request(ListDeployments, query);
  }

  @Handles(getDeployment)
  get({ params }: Asked<typeof getDeployment>) {
    return this.requester.request(GetDeployment, params);
  }

  @Handles(stopDeployment)
  stop({ caller, params, body }: Asked<typeof stopDeployment>) {
    return this.requester.request(StopDeployment, { actor: caller.actor, ...params, reason: body.reason });
  }

  @Handles(getDeploymentLog)
  log({ params, query }: Asked<typeof getDeploymentLog>) {
    return this.requester.request(GetDeploymentLog, { ...params, ...query });
  }

  @Handles(getDeploymentFiles)
  files({ params }: Asked<typeof getDeploymentFiles>) {
    return this.requester.request(GetBundleFiles, params);
  }
}

type Bundle = Omit<z.input<typeof DeployBundle.input>, 'actor' | 'deploymentId'>;

function describedBundle({ body }: Asked<typeof deploy>): Bundle | Refused {
  const { files, archive, folder, ...description } = body;
  const sources: BundleSource[] = [];
  if (files) sources.push({ kind: 'files', files });
  if (archive) sources.push({ kind: 'archive', ...archive });
  if (folder !== undefined) sources.push({ kind: 'folder', path: folder });
  const [source] = sources;
  if (source && sources.length === 1) return { ...description, source };
  return refuse(
    'request.invalid',
    `A deployment takes one of files, archive and folder; ${sources.length} were given.`,
    {
      hint: 'Send the files of the bundle as "files": [{"path": ..., "content": ...}].',
      details: { in: 'body', field: '/files' },
    },
  );
}

function archiveSent({
  body,
  query,
  request,
}: { body: unknown } & Pick<Asked<typeof deploy>, 'query' | 'request'>): Bundle | Refused {
  const { task, queue, ...description } = query;
  const missing = !task ? 'task' : 'queue';
  if (!task || !queue)
    return refuse('request.invalid', `The query must name the ${missing} that the archive is deployed for.`, {
      hint: 'POST /api/v1/deployments?task=add&queue=math with the archive as body.',
      details: { in: 'query', field: `/${missing}` },
    });
  const format = archiveFormats[mediaTypeOf(request)]!;
  return {
    ...description,
    task,
    queue,
    source: { kind: 'archive', format, base64: (body as Buffer).toString('base64') },
  };
}
