/** Schedules: rules that start runs. */
import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import {
  CreateSchedule,
  DeleteSchedule,
  GetSchedule,
  isRefused,
  ListSchedules,
  Moment,
  PauseSchedule,
  ResumeSchedule,
  ReviseSchedule,
  RunId,
  RunScheduleNow,
  ScheduleId,
  ScheduleRule,
  ScheduleTarget,
  ScheduleView,
} from '#contracts';
import { newId } from '#lifecycle';
import { type Requester } from '#messaging';
import { type Catalogue, resolveTarget } from '../catalogue/index.js';
import { ofRefused } from './answers.js';
import { Handles } from './handles.js';
import { Answer, API, type Asked, route } from './route.js';
import { Nothing, pageQuery } from './shapes.js';
import { CATALOGUE, REQUESTER } from './tokens.js';

const oneSchedule = z.object({ scheduleId: ScheduleId });
const name = z.string().min(1).max(200);
/** What a run of the target would be refused with. */
const targetRefusals = ['task.unknown', 'task.not-serving', 'task.removed', 'arguments.invalid'] as const;
const known = { params: oneSchedule, refusals: ['schedule.unknown'] } as const;

export const createSchedule = route({
  method: 'POST',
  path: '/schedules',
  action: 'schedule',
  summary: 'Create a schedule',
  body: z.strictObject({ name, rule: ScheduleRule, target: ScheduleTarget }),
  output: ScheduleView,
  status: 201,
  refusals: ['schedule.rule-invalid', ...targetRefusals],
});
export const listSchedules = route({
  method: 'GET',
  path: '/schedules',
  action: 'read',
  summary: 'List schedules',
  query: z.strictObject(pageQuery),
  output: ListSchedules.output,
});
export const getSchedule = route({
  ...known,
  method: 'GET',
  path: '/schedules/{scheduleId}',
  action: 'read',
  summary: 'Get a schedule with its next and last firings',
  output: ScheduleView.extend({
    nextFive: z.array(Moment),
    recent: z.array(z.object({ dueAt: Moment, runId: RunId })),
  }),
});
export const reviseSchedule = route({
  method: 'PATCH',
  path: '/schedules/{scheduleId}',
  action: 'schedule',
  summary: "Change a schedule's name, rule or target",
  params: oneSchedule,
  body: z.strictObject({ name: name.optional(), rule: ScheduleRule.optional(), target: ScheduleTarget.optional() }),
  output: ScheduleView,
  refusals: ['schedule.unknown', 'schedule.rule-invalid', ...targetRefusals],
});
export const deleteSchedule = route({
  ...known,
  method: 'DELETE',
  path: '/schedules/{scheduleId}',
  action: 'schedule',
  summary: 'Delete a schedule',
  output: Nothing,
  status: 204,
});
export const pauseSchedule = route({
  ...known,
  method: 'POST',
  path: '/schedules/{scheduleId}/pause',
  action: 'schedule',
  summary: 'Pause a schedule',
  output: ScheduleView,
});
export const resumeSchedule = route({
  ...known,
  method: 'POST',
  path: '/schedules/{scheduleId}/resume',
  action: 'schedule',
  summary: 'Resume a schedule',
  output: ScheduleView,
});
export const runSchedule = route({
  ...known,
  method: 'POST',
  path: '/schedules/{scheduleId}/run',
  action: 'schedule',
  summary: "Run a schedule's target now",
  output: RunScheduleNow.output,
  status: 202,
});

@Controller()
export class SchedulesController {
  constructor(
    @Inject(REQUESTER) private readonly requester: Requester,
    @Inject(CATALOGUE) private readonly catalogue: Catalogue,
  ) {}

  @Handles(createSchedule)
  async create({ caller, body }: Asked<typeof createSchedule>) {
    const task = await resolveTarget(this.catalogue, body.target);
    if (isRefused(task)) return task;
    const scheduleId = newId() as ScheduleId;
    const schedule = await this.requester.request(CreateSchedule, { actor: caller.actor, scheduleId, ...body });
    const headers = { location: `${API}/schedules/${scheduleId}` };
    return ofRefused(schedule) ?? new Answer(schedule, { status: 201, headers });
  }

  @Handles(listSchedules)
  list({ query }: Asked<typeof listSchedules>) {
    return this.requester.request(ListSchedules, query);
  }

  @Handles(getSchedule)
  get({ params }: Asked<typeof getSchedule>) {
    return this.requester.request(GetSchedule, params);
  }

  @Handles(reviseSchedule)
  async revise({ caller, params, body }: Asked<typeof reviseSchedule>) {
    const task = body.target && (await resolveTarget(this.catalogue, body.target));
    if (isRefused(task)) return task;
    return this.requester.request(ReviseSchedule, { actor: caller.actor, ...params, ...body });
  }

  @Handles(deleteSchedule)
  delete({ caller, params }: Asked<typeof deleteSchedule>) {
    return this.requester.request(DeleteSchedule, { actor: caller.actor, ...params });
  }

  @Handles(pauseSchedule)
  pause({ caller, params }: Asked<typeof pauseSchedule>) {
    return this.requester.request(PauseSchedule, { actor: caller.actor, ...params });
  }

  @Handles(resumeSchedule)
  resume({ caller, params }: Asked<typeof resumeSchedule>) {
    return this.requester.request(ResumeSchedule, { actor: caller.actor, ...params });
  }

  @Handles(runSchedule)
  async run({ caller, params }: Asked<typeof runSchedule>) {
    const runId = newId() as RunId;
    const fired = await this.requester.request(RunScheduleNow, { actor: caller.actor, ...params, runId });
    if (ofRefused(fired)) return fired;
    return new Answer(fired, { status: 202, headers: { location: `${API}/runs/${runId}` } });
  }
}
