/** Finds tasks for a purpose. */
import { z } from 'zod';
import { isRefused, ListTasks } from '#contracts';
import { limit } from '../catalogue/arguments.js';
import { answer, defineTool, reads } from '../catalogue/index.js';
import { foundTask, originOf } from './task-shapes.js';

export const searchTasksTool = defineTool({
  name: 'search_tasks',
  title: 'Search tasks',
  description:
    'Finds tasks by words of their name, description and category; the best first. Search before you write a new task.',
  action: 'read',
  annotations: reads,
  input: z.strictObject({
    query: z.string().min(1).max(200).describe('what the task should do'),
    category: z.string().max(100).optional(),
    limit: limit.optional().describe('default 10'),
  }),
  output: z.object({ success: z.boolean(), tasks: z.array(z.unknown()), total_count: z.number(), message: z.string() }),
  run: async ({ query, category, limit: most = 10 }, { caller, parts }) => {
    const page = await parts.requester.request(ListTasks, { text: query, category, limit: most });
    if (isRefused(page)) return page;
    const tasks = await Promise.all(
      page.items.map(async (task) => foundTask(task, await originOf(task.name, caller, parts))),
    );
    const message =
      tasks.length === 0
        ? 'No task was found. Try other words, or write one: generate_task_code, then deploy_task.'
        : `${tasks.length} of ${page.total} found. See get_task_details for a schema, then call trigger_task.`;
    return answer({ tasks, total_count: page.total, message });
  },
});
