/** Deploys a bundle: built, started, tested, registered, and from then on callable. */
import { z } from 'zod';
import {
  type BundleSource,
  DeployBundle,
  type DeploymentId,
  type InlineFile,
  isRefused,
  type Parameter,
  QueueName,
  refuse,
  type Refused,
  type Runtime,
  Runtime as RuntimeSchema,
  TaskName,
} from '#contracts';
import { newId } from '#lifecycle';
import { files, parameters, policies, smokeTests, type SmokeTestInput } from '../catalogue/arguments.js';
import {
  answer,
  defineTool,
  refusalAnswer,
  runsCode,
  type ToolAnswer,
  type ToolContext,
  type Wording,
} from '../catalogue/index.js';
import { followDeployment } from './follow-deployment.js';
import { deploymentAnswer } from './deployment-answers.js';
import { smokeTestsOf } from './smoke-tests.js';

export const deployedShape = {
  success: z.boolean(),
  deployment_id: z.string(),
  status: z.string(),
  version: z.unknown(),
  uploaded_files: z.array(z.string()),
  docker_image: z.unknown(),
  container_id: z.unknown(),
  worker_status: z.string(),
  deployment_path: z.unknown(),
  stage: z.string(),
  error: z.unknown(),
  log: z.unknown(),
  message: z.string(),
};

export const deployTaskTool = defineTool({
  name: 'deploy_task',
  title: 'Deploy a task',
  description:
    'Builds files, starts workers, runs smoke_tests through the real queue, then registers the task and sends calls to it. If anything fails, the previous version keeps serving.',
  action: 'deploy',
  annotations: runsCode,
  input: z.strictObject({
    task_name: TaskName,
    description: z.string().max(4_000),
    parameters: parameters.optional().describe('read from the code when left out'),
    queue: QueueName.optional().describe('default "default"'),
    category: z.string().min(1).max(100).default('general'),
    files: files.optional().describe('all files of the bundle'),
    code_folder_path: z
      .string()
      .max(1_000)
      .optional()
      .describe('instead of files; only through `tasksmith mcp` (stdio)'),
    runtime: RuntimeSchema.optional(),
    return_type: z.string().max(200).optional(),
    policies: policies.optional(),
    smoke_tests: smokeTests.optional(),
  }),
  output: z.object(deployedShape),
  run: (given, context) => deployTask({ ...given, queue: given.queue ?? ('default' as QueueName) }, context),
});

export interface Deployment {
  task_name: TaskName;
  description: string;
  parameters?: Parameter[] | undefined;
  queue: QueueName;
  category: string;
  files?: InlineFile[] | undefined;
  code_folder_path?: string | undefined;
  runtime?: Runtime | undefined;
  return_type?: string | undefined;
  policies?: z.output<typeof policies> | undefined;
  smoke_tests?: SmokeTestInput[] | undefined;
}

/** Storing a large bundle takes longer than an ordinary request. */
const STORE_DEADLINE_MS = 30_000;
/** Clients give up after about a minute. */
const PATIENCE_MS = 45_000;

export async function deployTask(given: Deployment, context: ToolContext): Promise<ToolAnswer | Refused> {
  const { caller, parts, progress, words } = context;
  const endsAt = performance.now() + PATIENCE_MS;
  const { task_name: task, parameters } = given;
  const source = sourceOf(given, words);
  if (isRefused(source)) return source;
  const tests = smokeTestsOf(given.smoke_tests ?? [], { task, parameters });
  if (isRefused(tests)) return tests;
  progress?.(0, 'storing');
  const { description, queue, category, runtime, return_type: returnType, policies } = given;
  const described = {
    task,
    description,
    parameters,
    queue,
    category,
    runtime,
    returnType,
    policies,
    smokeTests: tests,
  };
  const deploymentId = newId() as DeploymentId;
  const accepted = await parts.requester.request(
    DeployBundle,
    { actor: caller.actor, deploymentId, ...described, source },
    { deadlineMs: STORE_DEADLINE_MS },
  );
  if (isRefused(accepted))
    return refusalAnswer(withHint(accepted, given), { stage: 'storing', error: accepted.refusal.message });
  const deployment = await followDeployment(accepted, endsAt, context);
  if (deployment === 'unfinished') return building(deploymentId, task, words);
  return deploymentAnswer(deployment, context);
}

function sourceOf({ files, code_folder_path: path }: Deployment, words: Wording): BundleSource | Refused {
  if (files && path === undefined) return { kind: 'files', files };
  if (path !== undefined && !files) return { kind: 'folder', path };
  const both = files !== undefined;
  return refuse(
    'request.invalid',
    both ? 'Both files and code_folder_path were given.' : 'There is no code to deploy: files is missing.',
    {
      hint: `Give files: [{path, content}], e.g. those of ${words.generate}.`,
      details: { field: '/files' },
    },
  );
}

/** A path means nothing here unless the operator allowed its folder: what works always is said, too. */
function withHint(refused: Refused, { code_folder_path: path }: Deployment): Refused {
  if (path === undefined) return refused;
  const { code, message, hint, details } = refused.refusal;
  const instead =
    'Over HTTP a path on your side cannot be read: send files: [{path, content}], or connect through `tasksmith mcp` (stdio).';
  return refuse(code, message, { hint: hint ? `${instead} ${hint}` : instead, ...(details && { details }) });
}

function building(deploymentId: DeploymentId, task: string, { askForDeployment }: Wording): ToolAnswer {
  return answer({
    deployment_id: deploymentId,
    status: 'building',
    message: `${task} is still being deployed. ${askForDeployment}`,
  });
}
