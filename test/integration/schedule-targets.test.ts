/** What a schedule is to start is looked at when the schedule is made or changed, by both doors. */
import { type Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CreateSchedule, ReviseSchedule } from '#contracts';
import { newId } from '#lifecycle';
import { GatewayFixture } from './mcp-gateway.fixture.js';

const world = new GatewayFixture();
const numbers = {
  type: 'object',
  properties: { a: { type: 'integer' } },
  required: ['a'],
  additionalProperties: false,
};
const rule = { kind: 'interval', everyMs: 60_000 };
let key: string;
let agent: Client;

beforeAll(async () => {
  key = await world.key('agent');
  await world.publish('add', { argumentsSchema: numbers });
  await world.publish('gone');
  await world.retire('gone');
  world.answer(CreateSchedule, shown);
  world.answer(ReviseSchedule, shown);
  await world.start();
  agent = await world.client(key);
});
afterAll(() => world.stop());
beforeEach(() => void (world.asked.length = 0));

function shown({ scheduleId, target }: Record<string, unknown>): object {
  return {
    scheduleId,
    name: 'tick',
    rule,
    target: target ?? { task: 'add', arguments: { a: 1 } },
    paused: false,
    nextDueAt: 1,
    lastFiredAt: null,
    lastRunId: null,
    firings: 0,
    createdBy: 'test',
    createdAt: 1,
  };
}

interface Told {
  code?: string;
  hint?: string;
  details?: unknown;
}

async function rest(method: string, path: string, body: object): Promise<{ status: number; told: Told }> {
  const response = await fetch(`${world.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, told: (await response.json()) as Told };
}

interface Target {
  task: string;
  arguments: object;
}

/** Every way in which a target comes to the scheduler. */
const ways: Record<string, (target: Target) => Promise<Told>> = {
  'POST /schedules': async (target) => (await rest('POST', '/schedules', { name: 'tick', rule, target })).told,
  'PATCH /schedules/{id}': async (target) => (await rest('PATCH', `/schedules/${newId()}`, { target })).told,
  schedule_task: async ({ task, arguments: kwargs }) => {
    const given = { task_name: task, kwargs, every_seconds: 60 };
    return (await agent.callTool({ name: 'schedule_task', arguments: given })).structuredContent as Told;
  },
};

const bad: [string, Target, string][] = [
  ['a task that there is not', { task: 'ad', arguments: { a: 1 } }, 'task.unknown'],
  ['a task that nobody serves', { task: 'gone', arguments: {} }, 'task.not-serving'],
  ['an argument of the wrong type', { task: 'add', arguments: { a: 'one' } }, 'arguments.invalid'],
  ['an argument missing', { task: 'add', arguments: {} }, 'arguments.invalid'],
];

describe.each(Object.keys(ways))('%s', (way) => {
  it.each(bad)('refuses %s', async (_, target, code) => {
    const told = await ways[way]!(target);
    expect(told).toMatchObject({ code, hint: expect.any(String) });
    expect(world.asked).toEqual([]);
  });

  it('says the same of a task that there is not as running it does', async () => {
    const target = { task: 'ad', arguments: {} };
    const { code, hint, details } = await ways[way]!(target);
    const run = await rest('POST', '/runs', target);
    expect({ code, hint, details }).toEqual({
      code: run.told.code,
      hint: 'Did you mean add?',
      details: run.told.details,
    });
  });

  it('takes what fits', async () => {
    const target: Target = { task: 'add', arguments: { a: 1 } };
    expect((await ways[way]!(target)).code).toBeUndefined();
    expect(world.asked.map(({ input }) => input['target'])).toEqual([target]);
  });
});

describe('PATCH /schedules/{id}', () => {
  it('changes the rule without a look at the target', async () => {
    const { status } = await rest('PATCH', `/schedules/${newId()}`, { rule });
    expect(status).toBe(200);
    expect(world.asked).toHaveLength(1);
  });
});
