/** `deploy_task` with the parameters it always had; `files` beside them, since a path on the agent's side means nothing over HTTP. */
import { z } from 'zod';
import { QueueName, TaskName } from '#contracts';
import { files, parameters } from '../catalogue/arguments.js';
import { defineTool, runsCode } from '../catalogue/index.js';
import { deployedShape, deployTask, deployTaskTool } from '../tools/deploy-task.tool.js';

export const mcsDeployTaskTool = defineTool({
  name: 'deploy_task',
  title: deployTaskTool.title,
  description:
    'Builds the code, starts its worker, and registers the task. If anything fails, the previous version keeps serving. Takes code_folder_path over stdio, files everywhere.',
  action: deployTaskTool.action,
  annotations: runsCode,
  input: z.strictObject({
    task_name: TaskName,
    description: z.string().max(4_000),
    parameters,
    queue: QueueName,
    category: z.string().min(1).max(100).default('general'),
    code_folder_path: z.string().max(1_000).optional(),
    files: files.optional(),
  }),
  output: z.object(deployedShape),
  run: (given, context) => deployTask(given, context),
});
