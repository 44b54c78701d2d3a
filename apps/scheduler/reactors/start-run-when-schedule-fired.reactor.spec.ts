import { describe, expect, it, vi } from 'vitest';
import { GetTask, type Json, type Refusal, refuse, type Request, type ScheduleEvent } from '#contracts';
import { type RecordedEvent } from '#event-store';
import { RequestFailed, type Requester } from '#messaging';
import { CannotStartRunNow, StartRunWhenScheduleFired } from './start-run-when-schedule-fired.reactor.js';

const scheduleId = '00000000-0000-7000-8000-000000000001';
const runId = '00000000-0000-7000-9000-000000000001';
const task = {
  name: 'add',
  activeVersion: 3,
  queue: 'math',
  lane: 'math/x',
  deploymentId: 'x',
  policies: { maxAttempts: 1 },
};
const accepted = { answers: [{ runId, repeated: false }] };
const away = refuse('service.unavailable', 'away');

const event = (event: object): RecordedEvent =>
  ({ category: 'schedule', stream: `schedule-${scheduleId}`, version: 4, event }) as RecordedEvent;
const fired = event({ type: 'ScheduleFired', at: 5, dueAt: 5, runId, cause: 'due' } satisfies Record<string, Json>);

/** Answers as the registry and the dispatcher would. */
function reactor(
  answers: { task?: unknown; runs?: unknown },
  target: unknown = { task: 'add', arguments: { a: 1 }, priority: 7 },
) {
  const asked: { request: Request; input: unknown }[] = [];
  const requester = {
    request: async (request: Request, input: unknown) => {
      asked.push({ request, input });
      const answer = request === (GetTask as Request) ? (answers.task ?? task) : (answers.runs ?? accepted);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  } as Requester;
  const logger = { warn: vi.fn(), error: vi.fn() };
  const targetAt = vi.fn(async () => target as never);
  return { reactor: new StartRunWhenScheduleFired({ targetAt, requester, logger }), asked, logger, targetAt };
}

describe('when a schedule fired', () => {
  it('the run of the firing is asked for, routed as the task is now', async () => {
    const { reactor: started, asked, targetAt } = reactor({});
    await started.handle(fired);
    expect(targetAt).toHaveBeenCalledWith(scheduleId, 4);
    expect(asked.map(({ request }) => request.name)).toEqual(['get-task', 'accept-runs']);
    expect(asked[1]!.input).toEqual({
      actor: `schedule:${scheduleId}`,
      targets: [
        {
          task: 'add',
          taskVersion: 3,
          queue: 'math',
          lane: 'math/x',
          deploymentId: 'x',
          policies: { maxAttempts: 1 },
        },
      ],
      runs: [{ target: 0, runId, arguments: { a: 1 }, priority: 7, scheduleId }],
    });
  });

  it('other events of schedules are passed over', async () => {
    const { reactor: started, asked } = reactor({});
    await started.handle(event({ type: 'SchedulePaused', at: 5, by: 'a' } satisfies ScheduleEvent));
    expect(asked).toEqual([]);
  });

  it.each<[string, Parameters<typeof reactor>]>([
    ['the task is unknown', [{ task: refuse('task.unknown', 'no') }]],
    ['no deployment serves the task', [{ task: { ...task, activeVersion: null } }]],
    [
      'the dispatcher refuses the run',
      [{ runs: { answers: [{ refusal: { code: 'idempotency.conflict', message: 'no' } satisfies Refusal }] } }],
    ],
    ['the schedule has no target', [{}, null]],
  ])('and %s, it is logged and those behind it go on', async (_, parts) => {
    const { reactor: started, logger } = reactor(...parts);
    await started.handle(fired);
    expect(logger.warn).toHaveBeenCalledOnce();
  });

  it.each([
    ['the registry', { task: away }],
    ['the dispatcher', { runs: away }],
    ['the dispatcher for this run', { runs: { answers: [{ refusal: away.refusal }] } }],
  ])('and %s is away, it waits for as long as that takes', async (_, answers) => {
    const { reactor: started } = reactor(answers);
    for (let tries = 0; tries < 30; tries++) await expect(started.handle(fired)).rejects.toThrow(CannotStartRunNow);
  });

  it('and asking meets a bug again and again, it is given up in the end', async () => {
    const { reactor: started, logger } = reactor({ runs: new RequestFailed('bug') });
    for (let tries = 1; tries < 10; tries++) await expect(started.handle(fired)).rejects.toThrow('bug');
    await started.handle(fired);
    expect(logger.error).toHaveBeenCalledOnce();
  });
});
