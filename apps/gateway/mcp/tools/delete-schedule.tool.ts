/** Deletes a schedule. */
import { z } from 'zod';
import { DeleteSchedule, isRefused, ScheduleId } from '#contracts';
import { answer, defineTool, destroys } from '../catalogue/index.js';

export const deleteScheduleTool = defineTool({
  name: 'delete_schedule',
  title: 'Delete a schedule',
  description: 'Deletes a schedule. Runs that it has started go on.',
  action: 'schedule',
  annotations: destroys,
  input: z.strictObject({ schedule_id: ScheduleId }),
  output: z.object({ success: z.boolean(), schedule_id: z.string(), message: z.string() }),
  run: async ({ schedule_id: scheduleId }, { caller, parts }) => {
    const deleted = await parts.requester.request(DeleteSchedule, { actor: caller.actor, scheduleId });
    return isRefused(deleted) ? deleted : answer({ schedule_id: scheduleId, message: 'The schedule was deleted.' });
  },
});
