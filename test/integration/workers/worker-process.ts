/** A worker as a child process, the way the platform starts one. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type RedisAddress } from './worker-lane.js';

export interface WorkerOptions {
  bundleDir: string;
  prefix: string;
  redis: RedisAddress;
  /** Settings of the protocol's section 1, over the defaults of the suite. */
  env?: Record<string, string>;
  /** Command line arguments, e.g. `['--describe']`. */
  args?: string[];
}

export interface WorkerExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface WorkerProcess {
  pid: number;
  exited: Promise<WorkerExit>;
  stdout(): string;
  stderr(): string;
  /** SIGTERM, then its exit. */
  stop(): Promise<WorkerExit>;
  /** SIGKILL, then its exit. */
  kill(): Promise<WorkerExit>;
}

export type StartWorker = (options: WorkerOptions) => WorkerProcess;

/** For a `StartWorker`: runs `command`, with the settings of `options` in its environment. */
export function spawnWorker(command: string, args: string[], options: WorkerOptions): WorkerProcess {
  const child = spawn(command, [...args, ...(options.args ?? [])], { env: { ...process.env, ...settings(options) } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = new Promise<WorkerExit>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  const end = (signal: NodeJS.Signals) => () => (child.kill(signal), exited);
  return {
    pid: child.pid!,
    exited,
    stdout: () => stdout,
    stderr: () => stderr,
    stop: end('SIGTERM'),
    kill: end('SIGKILL'),
  };
}

function settings({ bundleDir, prefix, redis, env }: WorkerOptions): Record<string, string> {
  return {
    REDIS_HOST: redis.host,
    REDIS_PORT: String(redis.port),
    REDIS_USERNAME: redis.username ?? '',
    REDIS_PASSWORD: redis.password ?? '',
    TASKSMITH_QUEUE_PREFIX: prefix,
    TASKSMITH_BUNDLE_DIR: bundleDir,
    TASKSMITH_HEARTBEAT_MS: '100',
    TASKSMITH_CONCURRENCY: '2',
    ...env,
  };
}

/** CPU time of a process, its children and those it has buried, in microseconds (Linux). */
export function cpuMicros(pid: number): number {
  const own = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 15).map(Number);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const ticks = own.reduce((sum, each) => sum + each, 0);
  return ticks * 10_000 + children.reduce((sum, child) => sum + cpuMicros(Number(child)), 0);
}
