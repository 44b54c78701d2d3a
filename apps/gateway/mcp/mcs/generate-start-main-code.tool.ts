/** `generate_startMain_code`: the bundle with the entry file `app_{queue}.py`. */
import { z } from 'zod';
import { isRefused, QueueName, TaskName } from '#contracts';
import { additionalFiles, parameters } from '../catalogue/arguments.js';
import { answer, defineTool, reads } from '../catalogue/index.js';
import { generate, moreTasks } from '../tools/generate-task-code.tool.js';

export const generateStartMainCodeTool = defineTool({
  name: 'generate_startMain_code',
  title: 'Write the code of a task',
  description:
    'Writes a complete, runnable bundle around a function body: app_{queue}.py, requirements.txt, Dockerfile and further files. Nothing is executed.',
  action: 'read',
  annotations: reads,
  input: z.strictObject({
    task_name: TaskName.describe('starts with a verb, e.g. fetch_users'),
    description: z.string().max(4_000),
    parameters,
    function_body: z.string().max(200_000).describe('statements ending with return, or the whole function'),
    queue: QueueName.default('celery' as QueueName),
    return_type: z.string().max(200).default('Any'),
    tasks: moreTasks.optional(),
    additional_files: additionalFiles.optional(),
  }),
  output: z.object({
    success: z.boolean(),
    path: z.string(),
    files: z.array(z.unknown()),
    instructions: z.string(),
    message: z.string(),
  }),
  run: async (given) => {
    const { task_name: task, queue, description } = given;
    const files = generate({ ...given, runtime: 'python', entry: `app_${queue}.py` });
    if (isRefused(files)) return files;
    const path = `generated_tasks/${task}_${queue}/`;
    const call = JSON.stringify({ task_name: task, description, queue });
    return answer({
      path,
      files,
      instructions: `Save the files under ${path} unless they are there already, read them, and change what is needed. Then call deploy_task with ${call}, the same parameters, and code_folder_path ./${path} (or files as returned here).`,
      message: `${files.length} files were written for ${task}. Nothing was executed.`,
    });
  },
});
