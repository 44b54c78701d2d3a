/** Lists tasks, page by page. */
import { z } from 'zod';
import { isRefused, ListTasks, type Refused } from '#contracts';
import { cursor, limit } from '../catalogue/arguments.js';
import { answer, defineTool, reads, type ToolAnswer, type ToolContext } from '../catalogue/index.js';
import { listedTask, originOf } from './task-shapes.js';

export interface TaskQuery {
  category?: string | undefined;
  queue?: string | undefined;
  text?: string | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
}

export const listTasksTool = defineTool({
  name: 'list_tasks',
  title: 'List tasks',
  description: 'Lists tasks with their parameters. To find one for a purpose, use search_tasks.',
  action: 'read',
  annotations: reads,
  input: z.strictObject({
    category: z.string().max(100).optional(),
    queue: z.string().max(100).optional(),
    text: z.string().max(200).optional(),
    limit: limit.optional().describe('default 50'),
    cursor,
  }),
  output: z.object({
    success: z.boolean(),
    tasks: z.array(z.unknown()),
    total_count: z.number(),
    next: z.unknown(),
    categories: z.unknown(),
    message: z.string(),
  }),
  run: listTasks,
});

export async function listTasks(query: TaskQuery, { caller, parts }: ToolContext): Promise<ToolAnswer | Refused> {
  const page = await parts.requester.request(ListTasks, { ...query, limit: query.limit ?? 50 });
  if (isRefused(page)) return page;
  const tasks = await Promise.all(
    page.items.map(async (task) => listedTask(task, await originOf(task.name, caller, parts))),
  );
  const more = page.next === null ? '' : ' Call again with cursor = next for more.';
  return answer(
    {
      tasks,
      total_count: page.total,
      next: page.next,
      categories: Object.fromEntries(page.categories.map(({ category, tasks: count }) => [category, count])),
      message: `${tasks.length} of ${page.total} tasks.${more}`,
    },
    { whole: 'Ask for fewer with limit, category or text.' },
  );
}
