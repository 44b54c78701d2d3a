/** Writes the bundle of a task; nothing is executed. */
import { z } from 'zod';
import {
  isRefused,
  type Parameter,
  type QueueName,
  QueueName as QueueNameSchema,
  refuse,
  type Refused,
  Runtime,
  TaskName,
} from '#contracts';
import { type AdditionalFile, type BundleFile, DescribedTask, writeBundle } from '../bundle/index.js';
import { additionalFiles, parameters, smokeTests, type SmokeTestInput } from '../catalogue/arguments.js';
import { answer, defineTool, MAX_ANSWER_BYTES, reads } from '../catalogue/index.js';
import { smokeTestsOf } from './smoke-tests.js';

/** More tasks in the same bundle; under `name`, too, since a list of tasks names them so. */
export const moreTasks = z
  .array(z.record(z.string(), z.unknown()))
  .max(50)
  .describe('more tasks in the same bundle, each {task_name, description, parameters, function_body, return_type}')
  .transform((tasks) => tasks.map(({ name, ...task }) => ({ task_name: name, ...task }) as unknown))
  .pipe(z.array(DescribedTask));

export const generateTaskCodeTool = defineTool({
  name: 'generate_task_code',
  title: 'Write a bundle',
  description:
    'Writes a complete, runnable bundle around a function body: entry file, dependencies, Dockerfile, tasksmith.json. Nothing is executed or stored; pass files to deploy_task.',
  action: 'read',
  annotations: reads,
  input: z.strictObject({
    task_name: TaskName.describe('starts with a verb, e.g. fetch_users'),
    description: z.string().max(4_000),
    parameters: parameters.default([]),
    function_body: z.string().max(200_000).describe('statements ending with return, or the whole function'),
    return_type: z.string().max(200).default('Any'),
    queue: QueueNameSchema.optional().describe('default "default"'),
    runtime: Runtime.default('python'),
    tasks: moreTasks.optional(),
    additional_files: additionalFiles.optional(),
    smoke_tests: smokeTests.optional(),
  }),
  output: z.object({
    success: z.boolean(),
    files: z.array(z.unknown()),
    instructions: z.string(),
    message: z.string(),
  }),
  run: async (given) => {
    const queue = given.queue ?? ('default' as QueueName);
    const files = generate({ ...given, queue, entry: given.runtime === 'python' ? 'main.py' : 'main.ts' });
    if (isRefused(files)) return files;
    return answer({
      files,
      instructions: nextStep({ ...given, queue }),
      message: `${files.length} files were written for ${given.task_name}. Nothing was executed.`,
    });
  },
});

export interface Generation {
  task_name: TaskName;
  description: string;
  parameters: Parameter[];
  function_body: string;
  return_type: string;
  queue: QueueName;
  runtime: Runtime;
  entry: string;
  tasks?: DescribedTask[] | undefined;
  additional_files?: AdditionalFile[] | undefined;
  smoke_tests?: SmokeTestInput[] | undefined;
}

/** Room for the instructions beside the files. */
const MAX_FILES_BYTES = MAX_ANSWER_BYTES - 4_000;

export function generate(given: Generation): BundleFile[] | Refused {
  const { task_name: task, parameters, queue, runtime, entry } = given;
  const tests = smokeTestsOf(given.smoke_tests ?? [], { task, parameters });
  if (isRefused(tests)) return tests;
  const files = writeBundle({
    tasks: [given, ...(given.tasks ?? [])],
    queue,
    runtime,
    entry,
    additionalFiles: given.additional_files ?? [],
    smokeTests: tests,
  });
  if (isRefused(files)) return files;
  const bytes = Buffer.byteLength(JSON.stringify(files));
  if (bytes > MAX_FILES_BYTES)
    return refuse('payload.too-large', `The bundle has ${bytes} bytes, too many for one answer.`, {
      hint: 'Leave large additional_files out here, and add them to the files that you give to deploy_task.',
      details: { field: '/additional_files', bytes, most: MAX_FILES_BYTES },
    });
  return files;
}

function nextStep({
  task_name,
  description,
  queue,
  runtime,
}: Pick<Generation, 'task_name' | 'description' | 'queue' | 'runtime'>): string {
  const call = JSON.stringify({ task_name, description, queue, runtime });
  return `Read the files and change what is needed. Then call deploy_task with ${call}, files as returned here, and smoke_tests: sample calls with the results you expect. After that the task is called with trigger_task.`;
}
