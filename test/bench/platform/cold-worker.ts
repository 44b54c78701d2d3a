/** Starts a worker process as the deployer does, on a lane of its own where one job waits, and times it until the job has ended. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { repositoryRoot } from '../source-folder.js';
import { type BenchRuntime, bundles } from './bundles.js';

const ENDED_WITHIN_MS = 20_000;

export class ColdWorker {
  private readonly folder = mkdtempSync(join(tmpdir(), 'tasksmith-bench-worker-'));

  constructor(
    private readonly redisUrl: string,
    private readonly runtime: BenchRuntime,
  ) {
    const { path, content } = bundles[runtime];
    writeFileSync(join(this.folder, path), content);
  }

  /** Milliseconds from the start of the process until its first run has ended with the right result. */
  async startOnce(): Promise<number> {
    const prefix = `ts:{bench_cold/${randomUUID()}}:`;
    const redis = new Redis(this.redisUrl);
    try {
      await pushJob(redis, prefix);
      const startedAt = performance.now();
      const worker = this.spawn(prefix);
      try {
        await untilSucceeded(redis, prefix);
        return performance.now() - startedAt;
      } finally {
        await end(worker);
      }
    } finally {
      redis.disconnect();
    }
  }

  async stop(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private spawn(prefix: string): ChildProcess {
    const { hostname, port, password } = new URL(this.redisUrl);
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.folder,
      REDIS_HOST: hostname,
      REDIS_PORT: port,
      REDIS_PASSWORD: decodeURIComponent(password),
      TASKSMITH_QUEUE_PREFIX: prefix,
      TASKSMITH_BUNDLE_DIR: this.folder,
      TASKSMITH_ENTRY: bundles[this.runtime].path,
    };
    if (this.runtime === 'node') {
      const file = join(repositoryRoot, 'dist/apps/worker-node/worker.mjs');
      return spawn(process.execPath, ['--enable-source-maps', file], { env, stdio: 'ignore' });
    }
    const more = { PYTHONPATH: join(repositoryRoot, 'dist/apps/worker-python'), PYTHONPYCACHEPREFIX: this.folder };
    return spawn(pythonItself(), ['-m', 'tasksmith_worker'], { env: { ...env, ...more }, stdio: 'ignore' });
  }
}

async function pushJob(redis: Redis, prefix: string): Promise<void> {
  const run = randomUUID();
  const limits = { softLimitMs: 300_000, hardLimitMs: 600_000 };
  const payload = { v: 1, run, attempt: 1, task: 'add', arguments: { a: 1, b: 2 }, ...limits, traceparent: null };
  await redis.call('FCALL', 'ts_enqueue', '1', prefix, `${run}.1`, '4', JSON.stringify(payload));
}

/** An entry of the stream has one message for its jobs, or a field for each job, named by its id. */
async function untilSucceeded(redis: Redis, prefix: string): Promise<void> {
  const deadline = performance.now() + ENDED_WITHIN_MS;
  let last = '0-0';
  while (performance.now() < deadline) {
    const answer = await redis.xread('BLOCK', 1_000, 'STREAMS', `${prefix}outcomes`, last);
    for (const [id, fields] of answer?.[0]?.[1] ?? []) {
      last = id;
      const place = fields.findIndex((name, n) => n % 2 === 0 && (name === 'message' || name.endsWith('.1')));
      const text = fields[place + 1];
      const message = JSON.parse(text ?? 'null') as { kind: string; result?: unknown };
      if (message.kind === 'succeeded' && message.result === 3) return;
      if (message.kind !== 'started') throw new Error(`the first run of a worker ended as ${JSON.stringify(message)}`);
    }
  }
  throw new Error('a worker did not end its first run');
}

async function end(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  await ended;
}

/** What lies on PATH may be a shim, which the deployer does not start either. */
function pythonItself(): string {
  return spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout.trim();
}
