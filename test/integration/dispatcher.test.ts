/** The dispatcher with real servers and a real Python worker. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '#config';
import {
  AcceptRuns,
  CancelRun,
  GetLaneLoad,
  GetRun,
  GetRunEvents,
  isRefused,
  ListRuns,
  type OutputOf,
  type Request,
  type InputOf,
  RunAcceptance,
  RunPolicies,
  type RunPoliciesInput,
  type RunId,
  type RunView,
  streamOf,
} from '#contracts';
import { newId } from '#lifecycle';
import { NatsStrategy } from '#messaging';
import { aheadKey, QueueClient, QueueConnection, queuePrefix } from '#queue';
import { openPlatform, type Platform, type ServiceParts } from '#service';
import { createPrivateSchema, type PrivateSchema } from '#testing';
import { Redis } from 'ioredis';
import { assemble, slices } from '../../apps/dispatcher/assemble.js';
import { jobOf } from '../../apps/dispatcher/pushing/job-source.js';
import { spawnWorker, type WorkerProcess } from './workers/worker-process.js';

const bundle = `
import time
from tasksmith import current_run, progress, task

@task
def add(a: int, b: int) -> int:
    return a + b

@task
def fail_until(attempt: int) -> int:
    if current_run().attempt < attempt:
        raise ValueError("not yet")
    return current_run().attempt

@task
def sleep(ms: int) -> str:
    progress(0.5, "half-way")
    time.sleep(ms / 1000)
    return "slept"
`;

let schema: PrivateSchema;
let namespace: string;
let redis: Redis;
const running: { platform: Platform; parts: ServiceParts; app: INestMicroservice }[] = [];
const workers: WorkerProcess[] = [];
const bundleDirs: string[] = [];

async function startDispatcher(): Promise<Platform> {
  const env = {
    ...process.env,
    DATABASE_URL: schema.url,
    TASKSMITH_NAMESPACE: namespace,
    LOG_LEVEL: 'error',
    TASKSMITH_SWEEP_MS: '200',
  };
  const config = readConfig(env, ['database', 'nats', ...slices]);
  const platform = await openPlatform<'redis' | 'dispatcher'>('dispatcher', config);
  const parts = await assemble(platform);
  const strategy = new NatsStrategy({ connection: platform.nats, namespace, logger: platform.logger });
  const app = await NestFactory.createMicroservice(parts.module, { strategy, logger: false });
  for (const part of parts.startables) await part.start();
  await app.listen();
  running.push({ platform, parts, app });
  return platform;
}

async function startWorker(lane: string): Promise<void> {
  const bundleDir = await mkdtemp(join(tmpdir(), 'tasksmith-dispatcher-'));
  bundleDirs.push(bundleDir);
  await writeFile(join(bundleDir, 'main.py'), bundle);
  const env = {
    TASKSMITH_LEASE_MS: '1500',
    TASKSMITH_HEARTBEAT_MS: '200',
    PYTHONPATH: new URL('../../apps/worker-python', import.meta.url).pathname,
  };
  const { hostname, port, username, password } = new URL(process.env['REDIS_URL']!);
  const worker = spawnWorker('/usr/bin/python3', ['-m', 'tasksmith_worker'], {
    bundleDir,
    prefix: queuePrefix(namespace, lane),
    redis: { host: hostname, port: Number(port), username, password },
    env,
  });
  workers.push(worker);
}

async function ask<R extends Request>(request: R, input: InputOf<R>): Promise<OutputOf<R>> {
  const answer = await running[0]!.platform.requester.request(request, input);
  if (isRefused(answer)) throw new Error(`${answer.refusal.code}: ${answer.refusal.message}`);
  return answer;
}

interface Call {
  lane?: string;
  task?: string;
  arguments?: Record<string, string | number>;
  policies?: RunPoliciesInput;
  runId?: string;
  idempotencyKey?: string;
  notBefore?: number;
  waiter?: string;
}

function acceptance({
  lane = 'main',
  task = 'add',
  arguments: args = { a: 1, b: 2 },
  policies = {},
  runId = newId(),
  ...rest
}: Call = {}) {
  return {
    runId,
    task,
    taskVersion: 1,
    queue: 'main',
    lane,
    deploymentId: null,
    arguments: args,
    policies: RunPolicies.parse(policies),
    ...rest,
  };
}

/** Each with a target of its own: what does not belong there is dropped on the way. */
function requestFor(runs: ReturnType<typeof acceptance>[]): InputOf<typeof AcceptRuns> {
  return { actor: 'test', targets: runs, runs: runs.map((run, target) => ({ ...run, target })) } as never;
}

async function submit(call: Call = {}): Promise<RunId> {
  const { answers } = await ask(AcceptRuns, requestFor([acceptance(call)]));
  const [answer] = answers;
  if (!answer || 'refusal' in answer) throw new Error(JSON.stringify(answer));
  return answer.runId;
}

async function finished(runId: RunId, timeout = 15_000): Promise<RunView> {
  return vi.waitFor(
    async () => {
      const run = await ask(GetRun, { runId });
      if (run.finishedAt === null) throw new Error(`run is ${run.status}`);
      return run;
    },
    { timeout, interval: 20 },
  );
}

/** As FLUSHALL would at once, but only this test's own world: others share the server. */
async function wipe(): Promise<void> {
  await redis.eval(
    "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end",
    0,
    `${namespace}:*`,
  );
}

beforeAll(async () => {
  schema = await createPrivateSchema(process.env['DATABASE_URL']!);
  namespace = `d${newId().slice(-10)}`;
  redis = new Redis(process.env['REDIS_URL']!);
  await startDispatcher();
  await startDispatcher();
  await startWorker('main');
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await Promise.all(bundleDirs.map((dir) => rm(dir, { recursive: true })));
  for (const { app, parts, platform } of running) {
    await app.close();
    for (const part of [...parts.startables].reverse()) await part.stop();
    await platform.close();
  }
  redis.disconnect();
  await schema.drop();
});

describe('the dispatcher', () => {
  it('runs a task and keeps its history', async () => {
    const runId = await submit();
    expect(await finished(runId)).toMatchObject({ status: 'succeeded', result: 3, attempt: 1 });
    const { events } = await ask(GetRunEvents, { runId });
    expect(events.map(({ type, version }) => [version, type])).toEqual([
      [1, 'RunAccepted'],
      [2, 'RunStarted'],
      [3, 'RunSucceeded'],
    ]);
  });

  it('finishes a thousand runs that come at once', async () => {
    const runs = Array.from({ length: 1_000 }, (_, n) => acceptance({ arguments: { a: n, b: 1 } }));
    const { answers } = await ask(AcceptRuns, requestFor(runs));
    const runIds = answers.map((answer) => ('runId' in answer ? answer.runId : ('' as RunId)));
    const results: unknown[] = [];
    // A thousand questions at once are more than the pool of connections takes.
    for (let first = 0; first < runIds.length; first += 50) {
      const some = await Promise.all(runIds.slice(first, first + 50).map((runId) => finished(runId, 50_000)));
      results.push(...some.map(({ result }) => result));
    }
    expect(results).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1));
  });

  it('tries again after an error, and dead-letters what keeps failing', async () => {
    const backoff = { kind: 'fixed', delayMs: 50 } as const;
    const mends = await submit({
      task: 'fail_until',
      arguments: { attempt: 3 },
      policies: { maxAttempts: 3, backoff },
    });
    expect(await finished(mends)).toMatchObject({ status: 'succeeded', result: 3, attempt: 3 });
    const never = await submit({
      task: 'fail_until',
      arguments: { attempt: 9 },
      policies: { maxAttempts: 2, backoff },
    });
    expect(await finished(never)).toMatchObject({
      status: 'dead-lettered',
      error: { type: 'ValueError', message: 'not yet' },
    });
  });

  it('holds a delayed run back until its time', async () => {
    const notBefore = Date.now() + 1_000;
    const run = await finished(await submit({ notBefore }));
    expect(run.startedAt).toBeGreaterThanOrEqual(notBefore);
    expect(run.startedAt! - notBefore).toBeLessThan(2_000);
  });

  it('answers the same run for the same idempotency key, and refuses another request with it', async () => {
    const first = await submit({ idempotencyKey: 'k1' });
    expect(await submit({ idempotencyKey: 'k1' })).toBe(first);
    await expect(submit({ idempotencyKey: 'k1', arguments: { a: 5, b: 5 } })).rejects.toThrow('idempotency.conflict');
  });

  it('answers again when a run is sent twice', async () => {
    const runId = newId();
    await submit({ runId });
    expect(await submit({ runId })).toBe(runId);
  });

  it('cancels a running task and one that waits', async () => {
    const runId = await submit({ task: 'sleep', arguments: { ms: 30_000 } });
    await vi.waitFor(async () => expect((await ask(GetRun, { runId })).progress?.fraction).toBe(0.5), {
      timeout: 5_000,
    });
    await ask(CancelRun, { actor: 'test', runId, reason: 'enough' });
    expect(await finished(runId)).toMatchObject({ status: 'cancelled' });
    const waiting = await submit({ lane: 'nobody' });
    expect(await ask(CancelRun, { actor: 'test', runId: waiting })).toMatchObject({ status: 'cancelled' });
    await vi.waitFor(async () =>
      expect(await ask(GetLaneLoad, { lane: 'nobody' })).toMatchObject({ waiting: 0, running: 0 }),
    );
  });

  it('believes no worker that speaks of a run of another lane', async () => {
    const runId = await submit({ lane: 'victim' });
    const forged = JSON.stringify({ kind: 'succeeded', result: 'forged', durationMs: 1 });
    await redis.call('FCALL', 'ts_work', 1, queuePrefix(namespace, 'main'), 'evil', 1000, 0, `${runId}.1`, forged);
    const known = await submit();
    await finished(known);
    expect(await ask(GetRun, { runId })).toMatchObject({ status: 'waiting' });
  });

  describe('a lone run that somebody waits for', () => {
    const waiter = 'nobody.listens';

    async function transactionsOf(runId: RunId): Promise<string[]> {
      const { rows } = await running[0]!.platform.pool.query<{ tx: string }>(
        `SELECT DISTINCT tx::text AS tx FROM events WHERE category = 'run' AND stream = $1`,
        [streamOf('run', runId)],
      );
      return rows.map(({ tx }) => tx);
    }

    const noteIsGone = (runId: RunId) =>
      vi.waitFor(async () => expect(await redis.hexists(aheadKey(namespace), runId)).toBe(0), { timeout: 5_000 });

    /** What is left when a dispatcher dies right after its push. */
    async function pushedByACrashedDispatcher(call: Call, age: number): Promise<RunId> {
      const { runId, ...rest } = RunAcceptance.parse({ ...acceptance(call), waiter });
      const at = Date.now() - age;
      const note = JSON.stringify({ actor: 'key:agent', at, acceptance: { runId, ...rest } });
      const connection = new QueueConnection({ url: process.env['REDIS_URL']!, onError: () => {} });
      const { lane, job } = jobOf(runId, rest, 1);
      await new QueueClient(connection, namespace).enqueueWithNote(lane, job, note);
      connection.close();
      return runId;
    }

    it('is in the log when it is accepted, mostly with its end in one commit', async () => {
      const runIds: RunId[] = [];
      for (let n = 0; n < 40; n++) {
        const runId = await submit({ waiter, arguments: { a: n, b: 1 } });
        expect((await ask(GetRunEvents, { runId })).events.map(({ type }) => type)[0]).toBe('RunAccepted');
        expect(await finished(runId)).toMatchObject({ status: 'succeeded', result: n + 1, attempt: 1 });
        await noteIsGone(runId);
        runIds.push(runId);
      }
      const transactions = await Promise.all(runIds.map(transactionsOf));
      expect(transactions.filter(({ length }) => length === 1)).not.toEqual([]);
    });

    it('is accepted before it ends when it takes longer', async () => {
      const runId = await submit({ waiter, task: 'sleep', arguments: { ms: 300 } });
      expect(['waiting', 'running']).toContain((await ask(GetRun, { runId })).status);
      expect(await finished(runId)).toMatchObject({ status: 'succeeded', attempt: 1 });
    });

    it('is recorded with its end when its dispatcher died after the push', async () => {
      const runId = await pushedByACrashedDispatcher({ arguments: { a: 40, b: 2 } }, 0);
      await vi.waitFor(async () => expect(await transactionsOf(runId)).not.toEqual([]), { timeout: 10_000 });
      expect(await finished(runId)).toMatchObject({ status: 'succeeded', result: 42, attempt: 1 });
      const { events } = await ask(GetRunEvents, { runId });
      expect(events.map(({ type, actor }) => [type, actor.split(':')[0]])).toEqual([
        ['RunAccepted', 'key'],
        ['RunStarted', 'worker'],
        ['RunSucceeded', 'worker'],
      ]);
      await noteIsGone(runId);
    });

    it('is recorded while it waits when its dispatcher died after the push', async () => {
      const runId = await pushedByACrashedDispatcher({ lane: 'idle' }, 10_000);
      await vi.waitFor(async () => expect((await ask(GetRun, { runId })).status).toBe('waiting'), { timeout: 10_000 });
      await noteIsGone(runId);
    });

    it('is not made by an outcome alone', async () => {
      const runId = newId() as RunId;
      const forged = JSON.stringify({ kind: 'succeeded', result: 'forged', durationMs: 1 });
      await redis.call('FCALL', 'ts_work', 1, queuePrefix(namespace, 'main'), 'evil', 1000, 0, `${runId}.1`, forged);
      await finished(await submit({ waiter }));
      expect(await transactionsOf(runId)).toEqual([]);
    });
  });

  it('pushes everything again when Redis was wiped', async () => {
    const backlog = await Promise.all(Array.from({ length: 200 }, () => submit({ lane: 'later' })));
    const runId = await submit({ task: 'sleep', arguments: { ms: 500 } });
    await vi.waitFor(async () => expect((await ask(GetRun, { runId })).status).toBe('running'), { timeout: 5_000 });
    await wipe();
    expect(await finished(runId)).toMatchObject({ status: 'succeeded' });
    await startWorker('later');
    for (const id of backlog) expect((await finished(id)).status).toBe('succeeded');
  });

  it('lists runs page by page and rebuilds the very same view', async () => {
    const page = await ask(ListRuns, { limit: 10, task: 'add', status: 'succeeded' } as InputOf<typeof ListRuns>);
    expect(page.items).toHaveLength(10);
    const next = await ask(ListRuns, { limit: 10, cursor: page.next! } as InputOf<typeof ListRuns>);
    expect(next.items[0]!.runId < page.items.at(-1)!.runId).toBe(true);
    const { platform, parts } = running[0]!;
    await ask(GetLaneLoad, { lane: 'main' });
    const rows = async () => (await platform.pool.query('SELECT * FROM runs ORDER BY run_id')).rows;
    const before = await rows();
    await parts.rebuildViews!();
    expect(await rows()).toEqual(before);
  });
});
