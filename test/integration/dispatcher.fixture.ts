/** Two dispatchers with real servers, in a database schema and a namespace of their own, and real Python workers for them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { vi } from 'vitest';
import { readConfig } from '#config';
import {
  AcceptRuns,
  GetRun,
  type InputOf,
  isRefused,
  type OutputOf,
  type Request,
  type RunId,
  RunPolicies,
  type RunPoliciesInput,
  type RunView,
} from '#contracts';
import { newId } from '#lifecycle';
import { NatsStrategy } from '#messaging';
import { queuePrefix } from '#queue';
import { openPlatform, type Platform, type ServiceParts } from '#service';
import { createPrivateSchema, type PrivateSchema } from '#testing';
import { assemble, slices } from '../../apps/dispatcher/assemble.js';
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

export interface Call {
  lane?: string;
  task?: string;
  arguments?: Record<string, string | number>;
  policies?: RunPoliciesInput;
  runId?: string;
  idempotencyKey?: string;
  notBefore?: number;
  waiter?: string;
}

export function acceptance({
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
export function requestFor(runs: ReturnType<typeof acceptance>[]): InputOf<typeof AcceptRuns> {
  return { actor: 'test', targets: runs, runs: runs.map((run, target) => ({ ...run, target })) } as never;
}

interface Dispatcher {
  platform: Platform;
  parts: ServiceParts;
  app: INestMicroservice;
}

export class DispatcherWorld {
  readonly namespace = `d${newId().slice(-10)}`;
  readonly redis = new Redis(process.env['REDIS_URL']!);
  private readonly dispatchers: Dispatcher[] = [];
  private readonly workers: WorkerProcess[] = [];
  private readonly bundleDirs: string[] = [];

  private constructor(private readonly schema: PrivateSchema) {}

  /** With a worker on the lane `main`. */
  static async start(): Promise<DispatcherWorld> {
    const world = new DispatcherWorld(await createPrivateSchema(process.env['DATABASE_URL']!));
    await world.startDispatcher();
    await world.startDispatcher();
    await world.startWorker('main');
    return world;
  }

  get first(): Dispatcher {
    return this.dispatchers[0]!;
  }

  async startWorker(lane: string): Promise<void> {
    const bundleDir = await mkdtemp(join(tmpdir(), 'tasksmith-dispatcher-'));
    this.bundleDirs.push(bundleDir);
    await writeFile(join(bundleDir, 'main.py'), bundle);
    const env = {
      TASKSMITH_LEASE_MS: '1500',
      TASKSMITH_HEARTBEAT_MS: '200',
      PYTHONPATH: new URL('../../apps/worker-python', import.meta.url).pathname,
    };
    const { hostname, port, username, password } = new URL(process.env['REDIS_URL']!);
    const worker = spawnWorker('/usr/bin/python3', ['-m', 'tasksmith_worker'], {
      bundleDir,
      prefix: queuePrefix(this.namespace, lane),
      redis: { host: hostname, port: Number(port), username, password },
      env,
    });
    this.workers.push(worker);
  }

  async ask<R extends Request>(request: R, input: InputOf<R>): Promise<OutputOf<R>> {
    const answer = await this.first.platform.requester.request(request, input);
    if (isRefused(answer)) throw new Error(`${answer.refusal.code}: ${answer.refusal.message}`);
    return answer;
  }

  async submit(call: Call = {}): Promise<RunId> {
    const { answers } = await this.ask(AcceptRuns, requestFor([acceptance(call)]));
    const [answer] = answers;
    if (!answer || 'refusal' in answer) throw new Error(JSON.stringify(answer));
    return answer.runId;
  }

  async finished(runId: RunId, timeout = 15_000): Promise<RunView> {
    return vi.waitFor(
      async () => {
        const run = await this.ask(GetRun, { runId });
        if (run.finishedAt === null) throw new Error(`run is ${run.status}`);
        return run;
      },
      { timeout, interval: 20 },
    );
  }

  /** As a worker of `main` would that speaks of a run which it has no business with. */
  async forgeOutcomeOf(runId: RunId): Promise<void> {
    const main = queuePrefix(this.namespace, 'main');
    const outcome = JSON.stringify({ kind: 'succeeded', result: 'forged', durationMs: 1 });
    await this.redis.call('FCALL', 'ts_work', 1, main, 'evil', 1000, 0, `${runId}.1`, outcome);
  }

  /** As FLUSHALL would at once, but only this test's own world: others share the server. */
  async wipeRedis(): Promise<void> {
    await this.redis.eval(
      "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end",
      0,
      `${this.namespace}:*`,
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await Promise.all(this.bundleDirs.map((dir) => rm(dir, { recursive: true })));
    for (const { app, parts, platform } of this.dispatchers) {
      await app.close();
      for (const part of [...parts.startables].reverse()) await part.stop();
      await platform.close();
    }
    this.redis.disconnect();
    await this.schema.drop();
  }

  private async startDispatcher(): Promise<void> {
    const { namespace, schema } = this;
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
    this.dispatchers.push({ platform, parts, app });
  }
}
