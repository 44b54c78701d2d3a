/** What only Node workers have: threads, modules of several kinds. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addressOf, Lane, type RedisAddress, type RedisServer, startRedis } from './worker-lane.js';
import { spawnWorker } from './worker-process.js';

const folder = mkdtempSync(join(tmpdir(), 'tasksmith-node-slots-'));
const workerFile = join(folder, 'worker.mjs');
const cleanups: (() => Promise<unknown>)[] = [];
let server: RedisServer | undefined;
let redis: RedisAddress;

beforeAll(async () => {
  const { bundleNodeWorker } = (await import(resolve('apps/worker-node/bundle.mjs'))) as {
    bundleNodeWorker(outfile: string): Promise<void>;
  };
  await bundleNodeWorker(workerFile);
  redis = process.env.REDIS_URL ? addressOf(process.env.REDIS_URL) : (server = await startRedis());
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(files: Record<string, string>, env: Record<string, string> = {}): Promise<Lane> {
  const bundleDir = mkdtempSync(join(folder, 'bundle-'));
  for (const [path, content] of Object.entries(files)) writeFileSync(join(bundleDir, path), content);
  const lane = await Lane.open(redis);
  cleanups.push(() => lane.close());
  const worker = spawnWorker(process.execPath, [workerFile], { bundleDir, prefix: lane.prefix, redis, env });
  cleanups.push(() => worker.kill());
  return lane;
}

const main = `
import { task } from 'tasksmith';
task({ name: 'tiny' }, async ({ n }: { n: number }) => n);
task({ name: 'forgets' }, async () => { void Promise.reject(new TypeError('nobody waited')); await new Promise(() => {}); });
task({ name: 'throws_later' }, async () => { setTimeout(() => { throw new RangeError('too late'); }); await new Promise(() => {}); });
task({ name: 'secret' }, () => process.env.REDIS_PASSWORD ?? null);
`;

describe('a Node worker', () => {
  it('fails the run, not the worker, when a promise or a timer breaks', async () => {
    const lane = await serve({ 'main.ts': main });
    const [forgets, later] = [await lane.push('forgets'), await lane.push('throws_later')];
    expect(await lane.outcome(forgets)).toMatchObject({
      kind: 'failed',
      error: { type: 'TypeError', message: 'nobody waited' },
    });
    expect(await lane.outcome(later)).toMatchObject({
      kind: 'failed',
      error: { type: 'RangeError', message: 'too late' },
    });
    expect(await lane.outcome(await lane.push('tiny', { n: 1 }))).toMatchObject({ result: 1 });
  });

  it('keeps the credentials of the lane from the tasks', async () => {
    const lane = await serve({ 'main.ts': main });
    expect(await lane.outcome(await lane.push('secret'))).toMatchObject({ result: null });
  });

  it('says that a job is not JSON', async () => {
    const lane = await serve({ 'main.ts': main });
    await lane.redis.hset(`${lane.prefix}jobs`, 'odd.1', '{');
    await lane.redis.zadd(`${lane.prefix}ready`, 4, 'odd.1');
    expect(await lane.outcome('odd.1')).toMatchObject({
      kind: 'failed',
      error: { type: 'UnreadableJob' },
      retryable: false,
    });
  });

  it('serves plain functions that tasksmith.json names, in CommonJS too', async () => {
    const lane = await serve({
      'tasksmith.json':
        '{"runtime":"node","tasks":[{"name":"plus","function":"math:plus"},{"name":"who","function":"old:who"}]}',
      'math.ts': 'export function plus({ a, b }: { a: number; b: number }): number { return a + b; }',
      'old.cjs': "const { currentRun } = require('tasksmith'); exports.who = () => currentRun().task;",
    });
    const [plus, who] = [await lane.push('plus', { a: 1, b: 2 }), await lane.push('who')];
    expect(await lane.outcome(plus)).toMatchObject({ result: 3 });
    expect(await lane.outcome(who)).toMatchObject({ result: 'who' });
  });

  it('serves tasks that tasksmith.json only lists, declared or exported by the entry', async () => {
    const lane = await serve({
      'tasksmith.json': '{"runtime":"node","entry":"app.ts","tasks":[{"name":"say_hello"},{"name":"plain"}]}',
      'app.ts':
        "import { task } from 'tasksmith'; export const sayHello = task({ name: 'say_hello' }, () => 'hello'); export const plain = () => 'plain';",
    });
    const [declared, exported] = [await lane.push('say_hello'), await lane.push('plain')];
    expect(await lane.outcome(declared)).toMatchObject({ result: 'hello' });
    expect(await lane.outcome(exported)).toMatchObject({ result: 'plain' });
  });
});
