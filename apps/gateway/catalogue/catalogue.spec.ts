import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  GetDeployment,
  isRefused,
  type Lane,
  type QueueName,
  RemoveTask,
  streamOf,
  type TaskEvent,
  type TaskName,
} from '#contracts';
import { InMemoryLog, LocalHints, LogUnavailable } from '#event-store';
import { newId } from '#lifecycle';
import { type Requester } from '#messaging';
import { silentLogger } from '#observability';
import { Catalogue, checkArguments, ReadYourWrites } from './index.js';

const by = 'key:Abcdefghijkl';
const queue = 'math' as QueueName;
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const published = (version: number, description = `v${version}`): TaskEvent => ({
  type: 'TaskVersionPublished',
  at: version,
  version,
  declaration: {
    name: 'add' as TaskName,
    description,
    argumentsSchema: { type: 'object' },
    resultSchema: {},
    policies: { maxAttempts: 3 },
  },
  category: 'general',
  queue,
  lane: `math/${version}` as Lane,
  deploymentId: null,
  by,
});
const retired = (version: number): TaskEvent => ({
  type: 'TaskVersionRetired',
  at: 9,
  version,
  deploymentId: null,
  reason: 'x',
});

async function given(...events: TaskEvent[]) {
  const hints = new LocalHints();
  const log = new InMemoryLog(hints);
  const append = (...more: TaskEvent[]) =>
    log.append([
      {
        category: 'task',
        stream: streamOf('task', 'add'),
        expectedVersion: events.length,
        events: more,
        meta: { actor: by },
      },
    ]);
  if (events.length > 0)
    await log.append([
      { category: 'task', stream: streamOf('task', 'add'), expectedVersion: 0, events, meta: { actor: by } },
    ]);
  const catalogue = new Catalogue({ log, hints, logger: silentLogger });
  await catalogue.start();
  stops.push(() => catalogue.stop());
  const resolve = async (name: string, version?: number) => {
    const task = await catalogue.resolve(name, version);
    return isRefused(task) ? task.refusal : task;
  };
  return { log, catalogue, append, resolve };
}

describe('the catalogue', () => {
  it('gives the active version with its defaults filled in', async () => {
    const { resolve, catalogue } = await given(published(1), published(2));
    expect(await resolve('add')).toMatchObject({
      version: 2,
      lane: 'math/2',
      by,
      policies: { maxAttempts: 3, maxCrashes: 3 },
    });
    expect(catalogue.all().map(({ name }) => name)).toEqual(['add']);
  });

  it('gives an older version while it serves', async () => {
    const { resolve } = await given(published(1), published(2), published(3), retired(2));
    expect(await resolve('add', 1)).toMatchObject({ version: 1, lane: 'math/1' });
    expect(await resolve('add', 2)).toMatchObject({ code: 'task.not-serving' });
    expect(await resolve('add', 7)).toMatchObject({ code: 'task.version-unknown' });
  });

  it('says why a task cannot be called', async () => {
    expect(await (await given(published(1), retired(1))).resolve('add')).toMatchObject({ code: 'task.not-serving' });
    expect(await (await given(published(1), { type: 'TaskRemoved', at: 2, by })).resolve('add')).toMatchObject({
      code: 'task.removed',
    });
    expect(await (await given(published(1))).resolve('ad')).toMatchObject({
      code: 'task.unknown',
      hint: 'Did you mean add?',
    });
    expect(await (await given()).resolve('No Such Name!')).toMatchObject({ code: 'task.unknown' });
  });

  it('finds what was published a moment ago, and applies it once', async () => {
    const { log, append, resolve, catalogue } = await given();
    const changes = vi.fn();
    catalogue.onChange(changes);
    const readAll = vi.spyOn(log, 'readAll').mockResolvedValue([]);
    await append(published(1));
    expect(await resolve('add')).toMatchObject({ version: 1 });
    readAll.mockRestore();
    await append(published(1)).catch(() => undefined);
    expect(await resolve('add', 2)).toMatchObject({ code: 'task.version-unknown' });
    expect(changes).toHaveBeenCalledOnce();
  });

  it('does not call a task unknown while the log cannot be read', async () => {
    const { log, resolve } = await given();
    vi.spyOn(log, 'readStream').mockRejectedValue(new LogUnavailable('away'));
    expect(await resolve('add')).toMatchObject({ code: 'service.unavailable' });
  });

  it('knows what an answer has said before it is given', async () => {
    const { log, append, resolve, catalogue } = await given(published(1));
    vi.spyOn(log, 'readAll').mockResolvedValue([]); // The catalogue does not follow.
    const answers: Requester = { request: async () => ({ status: 'active', tasks: ['add'] }) as never };
    await append(published(2));
    expect(await resolve('add')).toMatchObject({ version: 1 });
    await new ReadYourWrites(answers, catalogue).request(GetDeployment, { deploymentId: newId() });
    expect(await resolve('add')).toMatchObject({ version: 2 });
  });

  it('lets an answer through while the log cannot be read', async () => {
    const { log, catalogue } = await given(published(1));
    vi.spyOn(log, 'readStream').mockRejectedValue(new LogUnavailable('away'));
    const answers: Requester = { request: async () => ({}) as never };
    const input = { actor: by, task: 'add' };
    expect(await new ReadYourWrites(answers, catalogue).request(RemoveTask, input)).toEqual({});
  });

  it('keeps revisions with the version that they were made on', async () => {
    const revised: TaskEvent = { type: 'TaskRevised', at: 5, policies: { softLimitMs: 50 }, description: 'new', by };
    const { resolve } = await given(published(1), published(2), revised);
    expect(await resolve('add')).toMatchObject({ description: 'new', policies: { maxAttempts: 3, softLimitMs: 50 } });
    expect(await resolve('add', 1)).toMatchObject({ description: 'v1', policies: { softLimitMs: 300_000 } });
  });
});

describe('checking arguments', () => {
  const check = (argumentsSchema: Record<string, unknown>, given: Record<string, never>) => {
    const refused = checkArguments({ name: 'add' as TaskName, argumentsSchema }, given);
    return refused?.refusal;
  };
  const nested = (depth: number): Record<string, unknown> => (depth === 0 ? {} : { items: nested(depth - 1) });

  it.each([
    ['is too large', { description: 'x'.repeat(70_000) }, /larger than/],
    ['is nested too deeply', nested(40), /nested deeper/],
    ['refers elsewhere', { properties: { a: { $ref: 'http://169.254.169.254/x' } } }, /only references within/],
    ['is asynchronous', { $async: true }, /asynchronous/],
    ['does not compile', { type: 'nothing' }, /cannot be used/],
  ])('refuses a schema that %s', (_, schema, message) => {
    expect(check(schema, {})).toMatchObject({ code: 'schema.invalid', message: expect.stringMatching(message) });
  });

  it('ends when references multiply', () => {
    const names = Array.from({ length: 30 }, (_, index) => `d${index}`);
    const $defs = Object.fromEntries(
      names.map((name, index) => [
        name,
        { anyOf: [{ $ref: `#/$defs/d${index + 1}` }, { $ref: `#/$defs/d${index + 1}` }] },
      ]),
    );
    const schema = { $ref: '#/$defs/d0', $defs: { ...$defs, d30: { type: 'string' } } };
    const began = performance.now();
    expect(check(schema, {})).toMatchObject({ code: 'arguments.invalid' });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('follows references within the schema', () => {
    const schema = { properties: { a: { $ref: '#/$defs/count' } }, $defs: { count: { type: 'integer', minimum: 1 } } };
    expect(check(schema, { a: 2 as never })).toBeUndefined();
    expect(check(schema, { a: 0 as never })).toMatchObject({ code: 'arguments.invalid', details: { field: '/a' } });
  });
});
