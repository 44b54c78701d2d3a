/** Lists schedules. */
import { z } from 'zod';
import { isRefused, ListSchedules } from '#contracts';
import { cursor, limit } from '../catalogue/arguments.js';
import { answer, defineTool, reads } from '../catalogue/index.js';
import { shownSchedule } from './schedule-task.tool.js';

export const listSchedulesTool = defineTool({
  name: 'list_schedules',
  title: 'List schedules',
  description: 'Lists schedules with their next and last firing.',
  action: 'read',
  annotations: reads,
  input: z.strictObject({ limit: limit.optional().describe('default 50'), cursor }),
  output: z.object({ success: z.boolean(), schedules: z.array(z.unknown()), next: z.unknown(), message: z.string() }),
  run: async ({ limit: most = 50, cursor: from }, { parts }) => {
    const page = await parts.requester.request(ListSchedules, { limit: most, cursor: from });
    if (isRefused(page)) return page;
    const schedules = page.items.map(shownSchedule);
    return answer({ schedules, next: page.next, message: `${schedules.length} schedules.` });
  },
});
