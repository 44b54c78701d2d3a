/** What a schedule is to start is looked at when the schedule is made or changed, by both doors. */
import { type Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ScheduleView } from '#contracts';
import { McpClients } from './mcp-clients.fixture.js';
import { PlatformFixture } from './platform.fixture.js';

const adds = 'from tasksmith import task\n\n@task\ndef add(a: int) -> int:\n    return a\n';
const deployment = (task: string) => ({
  task,
  queue: 'math',
  runtime: 'python',
  files: [{ path: 'main.py', content: adds.replace('add', task) }],
});
const rule = { kind: 'interval', everyMs: 60_000 };
const good = { task: 'add', arguments: { a: 1 } };
let world: PlatformFixture;
let clients: McpClients;
let key: string;
let agent: Client;
/** The schedule that is changed. */
let existing: string;

beforeAll(async () => {
  world = await PlatformFixture.open();
  await world.start('registry', 'dispatcher', 'deployer', 'scheduler');
  await world.startGateway();
  clients = new McpClients(world.url);
  ({ key } = await world.createKey('agent'));
  agent = await clients.connect({ key });
  const [, gone] = await Promise.all([world.deploy(deployment('add')), world.deploy(deployment('gone'))]);
  await world.ask('POST', `/deployments/${gone}/stop`);
  await vi.waitFor(async () => expect((await schedule({ ...good, task: 'gone' })).code).toBe('task.not-serving'), {
    timeout: 15_000,
  });
  existing = (await schedule(good)).scheduleId!;
});
afterAll(async () => {
  await clients?.close();
  await world?.close();
});

interface Told {
  scheduleId?: string;
  code?: string;
  hint?: string;
  details?: unknown;
}

const rest = async (method: string, path: string, body: object): Promise<Told> =>
  (await world.ask<Told>(method, path, { key, body })).body;
const schedule = (target: Target) => rest('POST', '/schedules', { name: 'tick', rule, target });
const schedules = async () => (await world.ask<{ items: ScheduleView[] }>('GET', '/schedules')).body.items;

interface Target {
  task: string;
  arguments: object;
}

/** Every way in which a target comes to the scheduler. */
const ways: Record<string, (target: Target) => Promise<Told>> = {
  'POST /schedules': schedule,
  'PATCH /schedules/{id}': (target) => rest('PATCH', `/schedules/${existing}`, { target }),
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
    const before = await schedules();
    expect(await ways[way]!(target)).toMatchObject({ code, hint: expect.any(String) });
    expect(await schedules()).toMatchObject(before.map(({ scheduleId, target }) => ({ scheduleId, target })));
  });

  it('says the same of a task that there is not as running it does', async () => {
    const target = { task: 'ad', arguments: {} };
    const { code, hint, details } = await ways[way]!(target);
    const run = await rest('POST', '/runs', target);
    expect({ code, hint, details }).toEqual({
      code: run.code,
      hint: 'Did you mean add?',
      details: run.details,
    });
  });

  it('takes what fits', async () => {
    const target = { task: 'add', arguments: { a: 2 } };
    expect((await ways[way]!(target)).code).toBeUndefined();
    expect(await schedules()).toContainEqual(expect.objectContaining({ target }));
  });
});

describe('PATCH /schedules/{id}', () => {
  it('changes the rule without a look at the target', async () => {
    const slower = { ...rule, everyMs: 90_000 };
    expect(await rest('PATCH', `/schedules/${existing}`, { rule: slower })).toMatchObject({ rule: slower });
  });
});
