/** Tells the state of a deployment, with its logs. */
import { z } from 'zod';
import {
  DeploymentId,
  GetDeployment,
  GetDeploymentLog,
  isRefused,
  ListDeployments,
  refuse,
  type Refused,
  type TaskName,
} from '#contracts';
import { answer, defineTool, reads, type ToolContext, type Wording } from '../catalogue/index.js';
import { deploymentFields } from './deployment-answers.js';
import { iso } from './iso.js';

export const whichDeployment = {
  deployment_id: DeploymentId.optional(),
  task_name: z.string().optional().describe('instead: the deployment that serves this task, or its newest'),
};

export const getDeploymentTool = defineTool({
  name: 'get_deployment',
  title: 'State of a deployment',
  description: 'State, workers, smoke tests and logs (build, and output of the workers) of a deployment.',
  action: 'read',
  annotations: reads,
  input: z.strictObject({ ...whichDeployment, log_lines: z.number().int().min(0).max(1_000).default(40) }),
  output: z.object({
    success: z.boolean(),
    deployment_id: z.string(),
    status: z.string(),
    docker_image: z.unknown(),
    container_id: z.unknown(),
    logs: z.unknown(),
    message: z.string(),
  }),
  run: async ({ log_lines: tail, ...which }, { parts, words }) => {
    const deploymentId = await deploymentIdOf(which, { parts, words });
    if (isRefused(deploymentId)) return deploymentId;
    const deployment = await parts.requester.request(GetDeployment, { deploymentId });
    if (isRefused(deployment)) return deployment;
    const logs = tail === 0 ? null : await parts.requester.request(GetDeploymentLog, { deploymentId, tail });
    const {
      description,
      category,
      runtime,
      host,
      workers,
      smokeTests,
      failure: failed,
      requestedAt,
      activatedAt,
      endedAt,
    } = deployment;
    return answer(
      {
        ...deploymentFields(deployment),
        description,
        category,
        runtime,
        host,
        workers,
        smoke_tests: smokeTests,
        ...(failed ? { stage: failed.stage, code: failed.code, error: failed.message } : {}),
        created_at: iso(requestedAt),
        activated_at: iso(activatedAt),
        ended_at: iso(endedAt),
        logs: logs === null ? null : isRefused(logs) ? { unavailable: logs.refusal.message } : shownLogs(logs),
        message: `The deployment of ${deployment.task} is ${deployment.status}.`,
      },
      { whole: `The whole build log is the resource tasksmith://deployments/${deploymentId}/log.` },
    );
  },
});

interface Logs {
  build: { stage: string; line: string }[];
  workers: { worker: string; lines: string[] }[];
}

function shownLogs({ build, workers }: Logs) {
  return {
    build: build.map(({ stage, line }) => `[${stage}] ${line}`).join('\n'),
    workers: Object.fromEntries(workers.map(({ worker, lines }) => [worker, lines.join('\n')])),
  };
}

/** The deployment that was named, or the one of the task that was. */
export async function deploymentIdOf(
  {
    deployment_id: given,
    task_name: task,
  }: { deployment_id?: DeploymentId | undefined; task_name?: string | undefined },
  { parts: { catalogue, requester }, words }: Pick<ToolContext, 'parts' | 'words'>,
): Promise<DeploymentId | Refused> {
  if (given !== undefined) return given;
  if (task === undefined)
    return refuse('request.invalid', 'Neither deployment_id nor task_name was given.', {
      hint: `Give one of them; ${words.listDeployments} shows both.`,
      details: { field: '/deployment_id' },
    });
  const served = await catalogue.resolve(task);
  if (!isRefused(served) && served.deploymentId !== null) return served.deploymentId;
  const newest = await requester.request(ListDeployments, { task: task as TaskName, limit: 1 });
  if (isRefused(newest)) return newest;
  return newest.items[0]?.deploymentId ?? noDeployment(task, words);
}

function noDeployment(task: string, { listDeployments }: Wording): Refused {
  return refuse('deployment.unknown', `There is no deployment of the task ${JSON.stringify(task.slice(0, 100))}.`, {
    hint: `${listDeployments} shows all; a registered task may be served by workers deployed elsewhere.`,
    details: { task: task.slice(0, 100) },
  });
}
