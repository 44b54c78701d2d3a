/** What is told of deployments. */
import { type DeploymentView, GetDeploymentLog, GetTask, isRefused, type RefusalCode, refusalKinds } from '#contracts';
import { answer, failure, type ToolAnswer, type ToolContext, type ToolParts } from '../catalogue/index.js';
import { shortText } from '../text/hygiene.js';
import { iso } from './iso.js';

const LOG_LINES = 40;
const ended = new Set(['stopped', 'stopping', 'draining']);

/** Of one that serves, has failed, or ended meanwhile. */
export async function deploymentAnswer(
  deployment: DeploymentView,
  { parts, words }: Pick<ToolContext, 'parts' | 'words'>,
): Promise<ToolAnswer> {
  if (deployment.status === 'failed') return failedAnswer(deployment, parts);
  const version = await versionOf(deployment, parts);
  const isEnded = ended.has(deployment.status);
  const message = isEnded
    ? `The deployment of ${deployment.task} is ${deployment.status} already: a newer one has taken its place or somebody stopped it.`
    : `${deployment.task} serves${version === null ? '' : ` as version ${version}`} on the queue ${deployment.queue}${testsPassed(deployment)}. Call it with ${words.trigger}.`;
  return answer({ ...deploymentFields(deployment), version, message });
}

export function deploymentFields(deployment: DeploymentView) {
  return { ...identityOf(deployment), uploaded_files: deployment.files };
}

function identityOf(deployment: DeploymentView) {
  const [worker] = deployment.workers;
  return {
    deployment_id: deployment.deploymentId,
    status: deployment.status,
    task_name: deployment.task,
    queue: deployment.queue,
    tasks: deployment.tasks,
    docker_image: deployment.image,
    container_id: worker?.handle ?? null,
    container_name: worker?.name ?? null,
    worker_status: workerStatusOf(deployment),
    deployment_path: deployment.path,
  };
}

export function workerStatusOf({ status }: DeploymentView): string {
  if (status === 'active' || status === 'testing' || status === 'draining') return 'RUNNING';
  return status === 'stopped' || status === 'stopping' ? 'STOPPED' : status === 'failed' ? 'FAILED' : 'STARTING';
}

/** How a deployment stands in a list. */
export function listedDeployment(deployment: DeploymentView) {
  const {
    description,
    category,
    runtime,
    host,
    workers,
    requestedAt,
    activatedAt,
    endedAt,
    failure: failed,
  } = deployment;
  return {
    ...identityOf(deployment),
    description: shortText(description, 200),
    category,
    runtime,
    host,
    workers: workers.length,
    created_at: iso(requestedAt),
    activated_at: iso(activatedAt),
    ended_at: iso(endedAt),
    ...(failed ? { stage: failed.stage, error: shortText(failed.message, 300) } : {}),
  };
}

async function failedAnswer(deployment: DeploymentView, parts: ToolParts): Promise<ToolAnswer> {
  const { stage, code, message } = deployment.failure ?? {
    stage: 'storing',
    code: 'service.unavailable',
    message: 'unknown',
  };
  const serving = await parts.catalogue.resolve(deployment.task);
  const keeps = isRefused(serving) ? 'No version of it serves.' : `Version ${serving.version} keeps serving.`;
  return failure({
    ...deploymentFields(deployment),
    stage,
    code,
    error: message,
    message: `Deploying ${deployment.task} failed while ${stage}: ${message.replace(/\.?$/, '.')} ${keeps}`,
    hint: hints[stage] ?? 'Read error and log, correct the files, and call deploy_task again.',
    retryable: refusalKinds[code as RefusalCode]?.retryable ?? false,
    log: await lastLines(deployment, parts),
    ...(deployment.smokeTests.length > 0 ? { smoke_tests: deployment.smokeTests } : {}),
  });
}

const hints: Partial<Record<string, string>> = {
  building:
    'Read the log: often a package in requirements.txt or package.json cannot be installed. Correct the files and call deploy_task again.',
  starting:
    'Read the log: often the entry file raises while it is imported. Correct the code and call deploy_task again.',
  testing:
    'Compare what the smoke test expected with what came back. Correct the code or the expectation and call deploy_task again.',
};

/** As one text: a model reads it as it would a terminal. */
async function lastLines({ deploymentId, failure: failed }: DeploymentView, { requester }: ToolParts): Promise<string> {
  if (failed && failed.log.length > 0) return failed.log.slice(-LOG_LINES).join('\n');
  const log = await requester.request(GetDeploymentLog, { deploymentId, tail: LOG_LINES });
  return isRefused(log)
    ? ''
    : log.build
        .map(({ line }) => line)
        .slice(-LOG_LINES)
        .join('\n');
}

async function versionOf({ deploymentId, task }: DeploymentView, { requester }: ToolParts): Promise<number | null> {
  const details = await requester.request(GetTask, { task });
  if (isRefused(details)) return null;
  return details.versions.find((version) => version.deploymentId === deploymentId)?.version ?? null;
}

function testsPassed({ smokeTests }: DeploymentView): string {
  return smokeTests.length === 0
    ? ''
    : `; ${smokeTests.length} smoke ${smokeTests.length === 1 ? 'test' : 'tests'} passed`;
}
