/** The registry with real servers: publish, find, retire; keys; the log on its way out; views that equal a fold. */
import { type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '#config';
import {
  ActivateTaskVersion,
  CreateKey,
  DeprecateTask,
  type EventView,
  GetTask,
  type InputOf,
  isRefused,
  ListKeys,
  ListTasks,
  type OutputOf,
  PublishTaskVersions,
  type Refusal,
  RegisterTask,
  RemoveTask,
  type Request,
  RetireTaskVersions,
  RevokeKey,
  ReviseTask,
} from '#contracts';
import { newId } from '#lifecycle';
import { eventStreamName, NatsStrategy } from '#messaging';
import { openPlatform, type Platform, type ServiceParts } from '#service';
import { createPrivateSchema, type PrivateSchema } from '#testing';
import { assemble, slices } from '../../apps/registry/assemble.js';

const ADMIN_KEY = 'tsk_Admin0000001_abcdefghijklmnopqrstuvwxyz012345';
const actor = 'key:test';
const namespace = `reg-${Math.random().toString(36).slice(2, 10)}`;

let schema: PrivateSchema;
let registry: { platform: Platform<'keys'>; parts: ServiceParts; app: INestMicroservice };

beforeAll(async () => {
  schema = await createPrivateSchema(process.env['DATABASE_URL']!);
  registry = await start();
});

afterAll(async () => {
  await stop(registry);
  await schema.drop();
});

async function start(): Promise<typeof registry> {
  const env = {
    ...process.env,
    DATABASE_URL: schema.url,
    TASKSMITH_NAMESPACE: namespace,
    TASKSMITH_ADMIN_KEY: ADMIN_KEY,
    LOG_LEVEL: 'error',
  };
  const config = readConfig(env, ['database', 'nats', ...slices]);
  const platform = await openPlatform<'keys'>('registry', config);
  const parts = await assemble(platform);
  const strategy = new NatsStrategy({ connection: platform.nats, namespace, logger: platform.logger });
  const app = await NestFactory.createMicroservice(parts.module, { strategy, logger: false });
  for (const part of parts.startables) await part.start();
  await app.listen();
  return { platform, parts, app };
}

async function stop({ platform, parts, app }: typeof registry): Promise<void> {
  await app.close();
  for (const part of [...parts.startables].reverse()) await part.stop();
  await platform.close();
}

async function ask<R extends Request>(request: R, input: InputOf<R>): Promise<OutputOf<R>> {
  const answer = await registry.platform.requester.request(request, input);
  if (isRefused(answer)) throw new Error(`${answer.refusal.code}: ${answer.refusal.message}`);
  return answer;
}

async function refusalOf<R extends Request>(request: R, input: InputOf<R>): Promise<Refusal> {
  const answer = await registry.platform.requester.request(request, input);
  if (!isRefused(answer)) throw new Error(`${request.pattern} was not refused: ${JSON.stringify(answer)}`);
  return answer.refusal;
}

const declaration = (name: string, more: object = {}) => ({
  name: name as never,
  description: `does ${name}`,
  argumentsSchema: { type: 'object', properties: { z: { type: 'integer' }, a: { type: 'string' } } },
  resultSchema: {},
  ...more,
});

function publish(deploymentId: string, names: string[], more: { category?: string; queue?: string } = {}) {
  return ask(PublishTaskVersions, {
    actor,
    deploymentId: deploymentId as never,
    category: more.category ?? 'general',
    queue: (more.queue ?? 'main') as never,
    declarations: names.map((name) => declaration(name)),
  });
}

const get = (task: string) => ask(GetTask, { task: task as never });
const retire = (deploymentId: string, tasks: string[]) =>
  ask(RetireTaskVersions, { actor, deploymentId: deploymentId as never, tasks: tasks as never[], reason: 'stopped' });

describe('the versions of a task', () => {
  it('are published, found at once, and retired', async () => {
    const [first, second] = [newId(), newId()];
    expect(await publish(first, ['life_a', 'life_b'])).toEqual({
      versions: [
        { task: 'life_a', version: 1 },
        { task: 'life_b', version: 1 },
      ],
    });
    expect(await publish(first, ['life_a', 'life_b'])).toMatchObject({ versions: [{ version: 1 }, { version: 1 }] });
    expect(await publish(second, ['life_a'])).toEqual({ versions: [{ task: 'life_a', version: 2 }] });
    expect(await get('life_a')).toMatchObject({
      activeVersion: 2,
      deploymentId: second,
      lane: `main/${second}`,
      versions: [
        { version: 1, serving: true },
        { version: 2, serving: true },
      ],
    });

    await retire(second, ['life_a']);
    expect(await get('life_a')).toMatchObject({ activeVersion: 1, deploymentId: first });
    await retire(first, ['life_a', 'life_b']);
    const gone = await get('life_a');
    expect(gone.activeVersion).toBeNull();
    expect(gone.versions.map(({ serving }) => serving)).toEqual([false, false]);
    const listed = await ask(ListTasks, { text: 'life' });
    expect(listed.items.map(({ name, activeVersion }) => [name, activeVersion])).toEqual([
      ['life_a', null],
      ['life_b', null],
    ]);
  });

  it('are published all or none, when two publish at once too', async () => {
    const ids = Array.from({ length: 6 }, () => newId());
    const answers = await Promise.all(ids.map((id) => publish(id, ['race_a', 'race_b'])));
    const numbers = answers.map(({ versions }) => versions.map(({ version }) => version));
    expect(numbers.map(([a]) => a).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(numbers.every(([a, b]) => a === b)).toBe(true);
  });

  it('can be gone back to', async () => {
    const [first, second] = [newId(), newId()];
    await publish(first, ['back']);
    await publish(second, ['back']);
    const details = await ask(ActivateTaskVersion, { actor, task: 'back' as never, version: 1 });
    expect(details).toMatchObject({ activeVersion: 1, deploymentId: first });
    expect(await refusalOf(ActivateTaskVersion, { actor, task: 'back' as never, version: 9 })).toMatchObject({
      code: 'task.version-unknown',
      hint: expect.stringContaining('1, 2'),
    });
  });
});

describe('a task', () => {
  const register = (more: object = {}) =>
    ask(RegisterTask, { actor, declaration: declaration('by_hand', more), queue: 'elsewhere' as never });

  it("is registered by hand on the queue's own lane, revised, deprecated, removed, and brought back", async () => {
    const task = 'by_hand' as never;
    expect(await register({ policies: { maxAttempts: 4 } })).toMatchObject({ lane: 'elsewhere', deploymentId: null });
    expect(await register({ policies: { maxAttempts: 4 } })).toMatchObject({ activeVersion: 1 });
    const revised = await ask(ReviseTask, { actor, task, category: 'tools', policies: { softLimitMs: 1_000 } });
    expect(revised).toMatchObject({ category: 'tools', policies: { maxAttempts: 4, softLimitMs: 1_000 } });
    expect(await ask(DeprecateTask, { actor, task, reason: 'old' })).toMatchObject({
      deprecated: 'old',
      activeVersion: 1,
    });

    const { versions, ...shown } = await get('by_hand');
    expect(versions).toHaveLength(1);
    expect((await ask(ListTasks, { text: 'hand' })).items).toEqual([shown]);
    expect(Object.keys(shown.argumentsSchema['properties'] as object)).toEqual(['z', 'a']);

    await ask(RemoveTask, { actor, task });
    expect(await refusalOf(GetTask, { task })).toMatchObject({ code: 'task.removed' });
    expect((await ask(ListTasks, { text: 'hand' })).total).toBe(0);
    expect(await register()).toMatchObject({ activeVersion: 2, deprecated: null });
  });

  it('that is not known is refused with the nearest name', async () => {
    await publish(newId(), ['fetch_invoices']);
    const expected = { code: 'task.unknown', hint: 'Did you mean fetch_invoices?' };
    expect(await refusalOf(GetTask, { task: 'fetch_invoice' as never })).toMatchObject(expected);
    const deprecating = { actor, task: 'fecth_invoices' as never, reason: 'x' };
    expect(await refusalOf(DeprecateTask, deprecating)).toMatchObject(expected);
    expect((await refusalOf(GetTask, { task: 'something_else_entirely' as never })).hint).toMatch(/search/);
  });

  it.each([
    [
      'a type that is none',
      { argumentsSchema: { type: 'object', properties: { n: { type: 'int' } } } },
      '/argumentsSchema/properties/n/type',
    ],
    ['a reference to nowhere', { resultSchema: { $ref: '#/$defs/none' } }, '/resultSchema'],
    ['a pattern that is none', { argumentsSchema: { type: 'string', pattern: '(' } }, '/argumentsSchema'],
  ])('with %s in its schema is refused', async (_, more, field) => {
    const refusal = await refusalOf(RegisterTask, {
      actor,
      declaration: declaration('bad', more),
      queue: 'q' as never,
    });
    expect(refusal).toMatchObject({ code: 'schema.invalid', details: { field: expect.stringContaining(field) } });
    expect((await refusalOf(GetTask, { task: 'bad' as never })).code).toBe('task.unknown');
  });
});

describe('a thousand tasks', () => {
  const kinds = ['resize', 'convert', 'fetch', 'parse', 'send'];
  const things = ['image', 'invoice', 'video', 'letter'];
  const names = Array.from(
    { length: 1_000 },
    (_, index) => `${kinds[index % 5]}_${things[Math.floor(index / 5) % 4]}_n${index}`,
  );

  beforeAll(async () => {
    for (let start = 0; start < names.length; start += 250)
      await publish(newId(), names.slice(start, start + 250), { category: `batch${start / 250}`, queue: 'many' });
  });

  it('are listed page by page in the order of their names', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await ask(ListTasks, { queue: 'many' as never, limit: 300, ...(cursor && { cursor }) });
      expect(page.total).toBe(1_000);
      seen.push(...page.items.map(({ name }) => name));
      cursor = page.next ?? undefined;
    } while (cursor);
    expect(seen).toEqual([...names].sort());
  });

  it('are found by the beginnings of words, those with the words in the name first', async () => {
    await ask(RegisterTask, {
      actor,
      declaration: declaration('thumbnail', { description: 'Can resize an image, any image.' }),
      queue: 'other' as never,
    });
    const found = await ask(ListTasks, { text: 'resi IMAGE', limit: 500 });
    const wanted = names.filter((name) => name.startsWith('resize_image'));
    expect(found.items.map(({ name }) => name)).toEqual([...wanted.sort(), 'thumbnail']);
    expect((await ask(ListTasks, { text: 'resize letter_n15' })).items[0]?.name).toBe('resize_letter_n15');
    expect((await ask(ListTasks, { text: 'resize umbrella' })).total).toBe(0);
    expect((await ask(ListTasks, { text: "100%_'; DROP TABLE tasks" })).total).toBe(0);

    const first = await ask(ListTasks, { text: 'resize image', limit: 20 });
    const second = await ask(ListTasks, { text: 'resize image', limit: 500, cursor: first.next! });
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(found.items.map(({ name }) => name));
  });

  it('are counted by category, within the other filters', async () => {
    const page = await ask(ListTasks, { queue: 'many' as never, category: 'batch2', limit: 1 });
    expect(page.total).toBe(250);
    expect(page.categories).toEqual([0, 1, 2, 3].map((n) => ({ category: `batch${n}`, tasks: 250 })));
  });

  it('are searched in well under a second', async () => {
    const began = performance.now();
    for (let n = 0; n < 10; n++) await ask(ListTasks, { text: 'send video' });
    expect((performance.now() - began) / 10).toBeLessThan(300);
  });
});

describe('API keys', () => {
  it('are shown once, listed without their secret, and revoked', async () => {
    const made = await ask(CreateKey, { actor, name: 'bot', scope: 'agent' });
    expect(made.key).toMatch(new RegExp(`^tsk_${made.keyId}_[0-9A-Za-z]{32}$`));
    await ask(RevokeKey, { actor, keyId: made.keyId });
    const { keys } = await ask(ListKeys, {});
    expect(keys.find(({ keyId }) => keyId === made.keyId)).toEqual({
      keyId: made.keyId,
      name: 'bot',
      scope: 'agent',
      createdAt: made.createdAt,
      revokedAt: expect.any(Number),
    });
    expect(await refusalOf(RevokeKey, { actor, keyId: 'unknown00000' as never })).toMatchObject({
      code: 'key.unknown',
    });
  });

  it('of the settings are registered once, and no secret is in the log', async () => {
    const another = await start();
    await stop(another);
    const { keys } = await ask(ListKeys, {});
    expect(keys.filter(({ scope }) => scope === 'admin')).toEqual([
      expect.objectContaining({ keyId: 'Admin0000001', name: 'admin' }),
    ]);
    const rows = await query<{ data: string }>(
      `SELECT data::text || meta::text AS data FROM events WHERE category = 'key'`,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ data }) => data.includes(ADMIN_KEY.slice(17)))).toEqual([]);
  });
});

describe('the log', () => {
  it('arrives in JetStream, in order', async () => {
    const [{ count } = { count: '0' }] = await query<{ count: string }>('SELECT count(*) FROM events');
    const manager = await registry.platform.nats.jetstreamManager();
    const name = eventStreamName(namespace);
    const arrived = await vi.waitFor(
      async () => {
        const { state } = await manager.streams.info(name);
        const sequences = Array.from({ length: state.messages }, (_, n) => n + 1);
        const messages = await Promise.all(sequences.map((seq) => manager.streams.getMessage(name, { seq })));
        const events = messages.flatMap(({ data }) => JSON.parse(new TextDecoder().decode(data)) as EventView[]);
        expect(events).toHaveLength(Number(count));
        return events;
      },
      { timeout: 20_000 },
    );
    expect(arrived[0]).toMatchObject({ stream: 'key-Admin0000001', version: 1 });
    const versions = new Map<string, number>();
    for (const { stream, version } of arrived) {
      expect(version).toBe((versions.get(stream) ?? 0) + 1);
      versions.set(stream, version);
    }
    await manager.streams.delete(name);
  });

  it('gives the same views when they are built again', async () => {
    const tables = { tasks: 'name', task_versions: 'task, version', keys: 'key_id' };
    await ask(ListTasks, {});
    await ask(ListKeys, {});
    const read = () =>
      Promise.all(Object.entries(tables).map(([table, order]) => query(`SELECT * FROM ${table} ORDER BY ${order}`)));
    const before = await read();
    await registry.parts.rebuildViews!();
    expect(await read()).toEqual(before);
    expect(before[0]!.length).toBeGreaterThan(1_000);
  });
});

async function query<Row extends object>(text: string): Promise<Row[]> {
  const client = new Client({ connectionString: schema.ownerUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
