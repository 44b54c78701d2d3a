/** Everything worth knowing before a task is called. */
import { z } from 'zod';
import {
  GetDeployment,
  GetRun,
  GetTask,
  isRefused,
  type JsonSchema,
  ListRuns,
  type Refused,
  type TaskDetailsView,
  type TaskName,
} from '#contracts';
import {
  answer,
  defineTool,
  reads,
  type ToolAnswer,
  type ToolContext,
  type ToolParts,
  type Wording,
} from '../catalogue/index.js';
import { cleanJson, shortText } from '../text/hygiene.js';
import { exampleOf } from './example-call.js';
import { iso } from './iso.js';
import { originOf, parametersOf, typeNameOf } from './task-shapes.js';

export const getTaskDetailsTool = defineTool({
  name: 'get_task_details',
  title: 'Task details',
  description: 'One task: JSON Schemas, an example call, versions, policies, deployment and recent failures.',
  action: 'read',
  annotations: reads,
  input: z.strictObject({ task_name: z.string() }),
  output: z.object({ success: z.boolean(), name: z.string(), parameters: z.unknown(), message: z.string() }),
  run: ({ task_name: name }, context) => taskDetails(name, context, ({ argumentsSchema }) => argumentsSchema),
});

/** `parametersAs`: the schema itself, or the simple list. */
export async function taskDetails(
  name: string,
  { caller, parts, words }: ToolContext,
  parametersAs: (task: TaskDetailsView) => unknown,
): Promise<ToolAnswer | Refused> {
  const known = await parts.requester.request(GetTask, { task: name as TaskName });
  // The catalogue knows names that come near.
  if (isRefused(known)) return known.refusal.code === 'task.unknown' ? nearNames(name, parts, known) : known;
  const [origin, deployment, failures] = await Promise.all([
    originOf(known.name, caller, parts),
    deploymentOf(known, parts),
    recentFailures(known.name, parts),
  ]);
  return answer(
    {
      name: known.name,
      description: shortText(known.description, 4_000),
      parameters: cleanJson(parametersAs(known)),
      result_schema: known.resultSchema,
      return_type: typeNameOf(known.resultSchema),
      category: known.category,
      queue: known.queue,
      created_at: iso(known.createdAt),
      last_updated: iso(known.updatedAt),
      origin,
      version: known.activeVersion,
      versions: known.versions.slice(-20).map((version) => ({
        version: version.version,
        deployment_id: version.deploymentId,
        queue: version.queue,
        published_at: iso(version.publishedAt),
        serving: version.serving,
      })),
      policies: known.policies,
      deployment,
      recent_failures: failures,
      example: { tool: words.trigger, arguments: { task_name: known.name, kwargs: exampleOf(known.argumentsSchema) } },
      ...(known.deprecated === null ? {} : { deprecated: shortText(known.deprecated, 1_000) }),
      message: messageOf(known, words),
    },
    { whole: `Its source is the resource tasksmith://tasks/${known.name}/source.` },
  );
}

async function nearNames(name: string, { catalogue }: ToolParts, unknown: Refused): Promise<Refused> {
  const served = await catalogue.resolve(name);
  return isRefused(served) ? served : unknown;
}

function messageOf({ name, argumentsSchema, activeVersion }: TaskDetailsView, { trigger, send }: Wording): string {
  if (activeVersion === null) return `${name} has no workers now: deploy it again before calling it.`;
  const required = parametersOf(argumentsSchema as JsonSchema).filter(({ required: needed }) => needed);
  return `Call ${trigger} or ${send} with task_name ${name}${required.length > 0 ? ` and kwargs ${required.map((one) => one.name).join(', ')}` : ''}.`;
}

async function deploymentOf({ deploymentId }: TaskDetailsView, { requester }: ToolParts): Promise<object | null> {
  if (deploymentId === null) return null;
  const deployment = await requester.request(GetDeployment, { deploymentId });
  if (isRefused(deployment)) return { deployment_id: deploymentId };
  const { status, runtime, image, workers, activatedAt } = deployment;
  return {
    deployment_id: deploymentId,
    status,
    runtime,
    docker_image: image,
    workers: workers.map((worker) => worker.name),
    activated_at: iso(activatedAt),
  };
}

async function recentFailures(task: TaskName, { requester }: ToolParts): Promise<object[]> {
  const found = await Promise.all(
    (['failed', 'dead-lettered', 'timed-out'] as const).map((status) =>
      requester.request(ListRuns, { task, status, limit: 3 }),
    ),
  );
  const runs = found.flatMap((page) => (isRefused(page) ? [] : page.items));
  const newest = runs.sort((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0)).slice(0, 3);
  return Promise.all(
    newest.map(async ({ runId, status, finishedAt }) => {
      const run = await requester.request(GetRun, { runId });
      const error = isRefused(run) || !run.error ? null : `${run.error.type}: ${shortText(run.error.message, 300)}`;
      return { task_id: runId, status, at: iso(finishedAt), error };
    }),
  );
}
