/** What the scheduler answers. */
import { z } from 'zod';
import { ScheduleRule, ScheduleTarget } from '../events/schedule.events.js';
import { RunId, ScheduleId } from '../ids.js';
import { PageRequest, pageOf, ScheduleView } from '../views/views.js';
import { defineRequest } from './request.js';

const one = z.object({ actor: z.string(), scheduleId: ScheduleId });

export const CreateSchedule = defineRequest('scheduler', 'create-schedule', {
  input: one.extend({ name: z.string().min(1).max(200), rule: ScheduleRule, target: ScheduleTarget }),
  output: ScheduleView,
});
export const ReviseSchedule = defineRequest('scheduler', 'revise-schedule', {
  input: one.extend({
    name: z.string().min(1).max(200).optional(),
    rule: ScheduleRule.optional(),
    target: ScheduleTarget.optional(),
  }),
  output: ScheduleView,
});
export const PauseSchedule = defineRequest('scheduler', 'pause-schedule', { input: one, output: ScheduleView });
export const ResumeSchedule = defineRequest('scheduler', 'resume-schedule', { input: one, output: ScheduleView });
export const DeleteSchedule = defineRequest('scheduler', 'delete-schedule', { input: one, output: z.object({}) });
export const RunScheduleNow = defineRequest('scheduler', 'run-schedule-now', {
  input: one.extend({ runId: RunId }),
  output: z.object({ runId: RunId }),
});
export const GetSchedule = defineRequest('scheduler', 'get-schedule', {
  input: z.object({ scheduleId: ScheduleId }),
  output: ScheduleView.extend({
    nextFive: z.array(z.number().int()),
    recent: z.array(z.object({ dueAt: z.number().int(), runId: RunId })),
  }),
});
export const ListSchedules = defineRequest('scheduler', 'list-schedules', {
  input: PageRequest,
  output: pageOf(ScheduleView),
});
