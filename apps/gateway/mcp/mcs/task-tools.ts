/** `get_available_tasks`, `get_task_details` and `register_task_info`. */
import { z } from 'zod';
import { isRefused, ListTasks, QueueName, type Refused, TaskName, type TaskView } from '#contracts';
import { parameters } from '../catalogue/arguments.js';
import { answer, changesOnce, defineTool, reads, type ToolParts } from '../catalogue/index.js';
import { taskDetails } from '../tools/get-task-details.tool.js';
import { registerTask } from '../tools/register-task.tool.js';
import { listedTask, originOf, parametersOf } from '../tools/task-shapes.js';

const PAGE = 500;
/** More do not fit into one answer anyway. */
const MOST = 2_000;

export const getAvailableTasksTool = defineTool({
  name: 'get_available_tasks',
  title: 'List tasks',
  description: 'Lists all tasks with their parameters.',
  action: 'read',
  annotations: reads,
  input: z.object({}),
  output: z.object({ success: z.boolean(), tasks: z.array(z.unknown()), total_count: z.number(), message: z.string() }),
  run: async (_, { caller, parts }) => {
    const found = await allTasks(parts);
    if (isRefused(found)) return found;
    const tasks = await Promise.all(
      found.items.map(async (task) => listedTask(task, await originOf(task.name, caller, parts), 200)),
    );
    const message = `${found.total} tasks.`;
    return answer(
      { tasks, total_count: found.total, message },
      { whole: 'get_task_details shows any task by its name.' },
    );
  },
});

async function allTasks({ requester }: ToolParts): Promise<{ items: TaskView[]; total: number } | Refused> {
  const items: TaskView[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await requester.request(ListTasks, { limit: PAGE, cursor });
    if (isRefused(page)) return page;
    items.push(...page.items);
    if (page.next === null || items.length >= MOST) return { items, total: page.total };
    cursor = page.next;
  }
}

export const mcsGetTaskDetailsTool = defineTool({
  name: 'get_task_details',
  title: 'Task details',
  description: 'One task: parameters, versions, policies, deployment and recent failures.',
  action: 'read',
  annotations: reads,
  input: z.strictObject({ task_name: z.string() }),
  output: z.object({ success: z.boolean(), name: z.string(), parameters: z.array(z.unknown()), message: z.string() }),
  run: ({ task_name: name }, context) =>
    taskDetails(name, context, ({ argumentsSchema }) => parametersOf(argumentsSchema)),
});

export const registerTaskInfoTool = defineTool({
  name: 'register_task_info',
  title: 'Register a task',
  description: 'Registers a task whose workers were deployed elsewhere. deploy_task registers by itself.',
  action: 'register',
  annotations: changesOnce,
  input: z.strictObject({
    task_name: TaskName,
    description: z.string().max(4_000),
    parameters,
    return_type: z.string().max(200).default('Any'),
    category: z.string().min(1).max(100).default('general'),
    queue: QueueName.default('celery' as QueueName),
  }),
  output: z.object({ success: z.boolean(), task: z.unknown(), message: z.string() }),
  run: (given, context) => registerTask(given, context),
});
