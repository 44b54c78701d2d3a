/** What the environment says about this worker, read once. */
import { hostname, totalmem } from 'node:os';
import { resolve } from 'node:path';

export interface Settings {
  redis: { host: string; port: number; username: string | null; password: string | null };
  queuePrefix: string;
  workerId: string;
  concurrency: number;
  leaseMs: number;
  heartbeatMs: number;
  bundleDir: string;
  entry: string | null;
  stopTimeoutMs: number;
  /** Heap of one slot; null leaves it to V8. */
  slotMemoryMb: number | null;
}

export class BadSettings extends Error {
  override name = 'BadSettings';
  constructor(readonly problems: string[]) {
    super(`the worker's settings are wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

type Environment = Record<string, string | undefined>;

/** @throws BadSettings with the full list of what is wrong. */
export function readSettings(env: Environment): Readonly<Settings> {
  const read = new Reader(env);
  const concurrency = read.whole('TASKSMITH_CONCURRENCY', { or: 4, least: 1 });
  const settings: Settings = {
    redis: {
      host: env.REDIS_HOST || 'localhost',
      port: read.whole('REDIS_PORT', { or: 6379, least: 1 }),
      username: env.REDIS_USERNAME || null,
      password: env.REDIS_PASSWORD || null,
    },
    queuePrefix: read.required('TASKSMITH_QUEUE_PREFIX'),
    workerId: env.TASKSMITH_WORKER_ID || `${hostname()}-${process.pid}`,
    concurrency,
    leaseMs: read.whole('TASKSMITH_LEASE_MS', { or: 10_000, least: 100 }),
    heartbeatMs: read.whole('TASKSMITH_HEARTBEAT_MS', { or: 1_000, least: 10 }),
    stopTimeoutMs: read.whole('TASKSMITH_STOP_TIMEOUT_MS', { or: 8_000, least: 0 }),
    slotMemoryMb: read.whole('TASKSMITH_SLOT_MEMORY_MB', { or: fairShareMb(concurrency), least: 16 }) || null,
    ...bundlePlace(env),
  };
  if (read.problems.length > 0) throw new BadSettings(read.problems);
  return Object.freeze(settings);
}

/** The part of the settings that `--describe` needs, which has no queue. */
export function bundlePlace(env: Environment): { bundleDir: string; entry: string | null } {
  return { bundleDir: resolve(env.TASKSMITH_BUNDLE_DIR || '/app'), entry: env.TASKSMITH_ENTRY || null };
}

/** In a container with a memory limit the slots share three quarters of it, so that a greedy task ends its slot and not the container. */
function fairShareMb(slots: number): number {
  const limit = process.constrainedMemory();
  const isLimited = limit > 0 && limit < totalmem();
  return isLimited ? Math.max(16, Math.floor((limit * 0.75) / slots / 2 ** 20)) : 0;
}

class Reader {
  readonly problems: string[] = [];
  constructor(private readonly env: Environment) {}

  required(name: string): string {
    const text = this.env[name];
    if (!text) this.problems.push(`${name} is required`);
    return text ?? '';
  }

  whole(name: string, { or, least }: { or: number; least: number }): number {
    const text = this.env[name];
    if (!text) return or;
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    this.problems.push(`${name} must be a whole number of at least ${least}, not "${text}"`);
    return or;
  }
}
