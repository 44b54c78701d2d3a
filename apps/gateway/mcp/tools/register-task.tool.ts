/** Registers a task that is served by workers deployed elsewhere. */
import { z } from 'zod';
import {
  isRefused,
  type Parameter,
  QueueName,
  type Refused,
  RegisterTask,
  schemaOfParameters,
  schemaOfType,
  TaskName,
} from '#contracts';
import { parameters, policies } from '../catalogue/arguments.js';
import { answer, changesOnce, defineTool, type ToolAnswer, type ToolContext } from '../catalogue/index.js';
import { listedTask, originOf } from './task-shapes.js';

export const registerTaskTool = defineTool({
  name: 'register_task',
  title: 'Register a task',
  description:
    'Registers a task whose workers were deployed elsewhere and serve its queue. deploy_task registers by itself.',
  action: 'register',
  annotations: changesOnce,
  input: z.strictObject({
    task_name: TaskName,
    description: z.string().max(4_000),
    parameters,
    return_type: z.string().max(200).optional(),
    category: z.string().min(1).max(100).optional(),
    queue: QueueName.optional().describe('default "default"'),
    policies: policies.optional(),
  }),
  output: z.object({ success: z.boolean(), task: z.unknown(), message: z.string() }),
  run: (input, context) => registerTask({ ...input, queue: input.queue ?? ('default' as QueueName) }, context),
});

export interface Registration {
  task_name: TaskName;
  description: string;
  parameters: Parameter[];
  return_type?: string | undefined;
  category?: string | undefined;
  queue: QueueName;
  policies?: z.output<typeof policies> | undefined;
}

export async function registerTask(given: Registration, { caller, parts }: ToolContext): Promise<ToolAnswer | Refused> {
  const declaration = {
    name: given.task_name,
    description: given.description,
    argumentsSchema: schemaOfParameters(given.parameters),
    resultSchema: schemaOfType(given.return_type ?? 'Any'),
    policies: given.policies ?? {},
  };
  const { queue, category = 'general' } = given;
  const task = await parts.requester.request(RegisterTask, { actor: caller.actor, declaration, category, queue });
  if (isRefused(task)) return task;
  const message = `${task.name} is registered on the queue ${task.queue} as version ${task.activeVersion ?? 1}.`;
  return answer({ task: listedTask(task, await originOf(task.name, caller, parts)), message });
}
