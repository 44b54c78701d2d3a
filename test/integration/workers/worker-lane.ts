/** One lane on a real Redis, seen from the platform's side: push jobs, read what the workers reported. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { vi } from 'vitest';
import { newId } from '#lifecycle';
import { anyFreePort } from '../../../deploy/local/index.js';

export interface RedisAddress {
  host: string;
  port: number;
  username?: string;
  password?: string;
}

export function addressOf(url: string): RedisAddress {
  const { hostname, port, username, password } = new URL(url);
  const login = { ...(username && { username }), ...(password && { password: decodeURIComponent(password) }) };
  return { host: hostname, port: Number(port || 6379), ...login };
}

export interface RedisServer extends RedisAddress {
  stop(): Promise<void>;
  /** Comes back empty, on the same port, without functions. */
  restart(): Promise<void>;
}

export type Message = { kind: string } & Record<string, unknown>;
export interface Entry {
  jobs: string[];
  worker: string;
  at: number;
  late: boolean;
  message: Message;
}

export interface PushOptions {
  priority?: number;
  attempt?: number;
  softLimitMs?: number;
  hardLimitMs?: number;
}

const OUTCOMES = new Set(['succeeded', 'failed', 'timed-out', 'cancelled', 'crashed']);
export const isOutcome = (message: Message): boolean => OUTCOMES.has(message.kind);

export async function startRedis(): Promise<RedisServer> {
  const address = { host: '127.0.0.1', port: await anyFreePort() };
  let server = await launchRedis(address);
  const stop = () => endProcess(server);
  const restart = async () => {
    await stop();
    server = await launchRedis(address);
  };
  return { ...address, stop, restart };
}

async function launchRedis({ port }: RedisAddress): Promise<ChildProcess> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of server.stdout!) if (String(chunk).includes('Ready to accept connections')) break;
  return server;
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** Loads the `tasksmith` function library, as the platform does when it starts. */
export async function loadFunctions(redis: Redis): Promise<void> {
  const folder = new URL('../../../libs/queue/functions/', import.meta.url);
  const sources = readdirSync(folder)
    .sort()
    .map((name) => readFileSync(new URL(name, folder), 'utf8'));
  await redis.call('FUNCTION', 'LOAD', 'REPLACE', ['#!lua name=tasksmith', ...sources].join('\n'));
}

export class Lane {
  readonly prefix = `ts:{test/${newId()}}:`;
  readonly entries: Entry[] = [];
  private readonly waiting = new Set<() => void>();
  private closed = false;

  private constructor(
    readonly redis: Redis,
    private readonly reader: Redis,
  ) {}

  static async open(address: RedisAddress): Promise<Lane> {
    const options = { ...address, retryStrategy: () => 50, maxRetriesPerRequest: null };
    const lane = new Lane(new Redis(options), new Redis(options));
    lane.redis.on('error', () => {});
    lane.reader.on('error', () => {});
    await loadFunctions(lane.redis);
    void lane.read();
    return lane;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.reader.disconnect();
    this.redis.disconnect();
  }

  /** Pushes one job, answers its id. */
  async push(task: string, args: object = {}, options: PushOptions = {}): Promise<string> {
    const [jobId] = await this.pushAll([{ task, args, options }]);
    return jobId!;
  }

  async pushAll(jobs: { task: string; args?: object; options?: PushOptions }[]): Promise<string[]> {
    const made = jobs.map(({ task, args = {}, options = {} }) => job(task, args, options));
    const triples = made.flatMap(({ jobId, priority, payload }) => [jobId, String(priority), payload]);
    await this.redis.call('FCALL', 'ts_enqueue', '1', this.prefix, ...triples);
    return made.map(({ jobId }) => jobId);
  }

  async cancel(jobId: string): Promise<void> {
    await this.redis.call('FCALL', 'ts_cancel', '1', this.prefix, jobId);
  }

  /** Ends overdue leases, as the platform does every second. */
  async sweep(): Promise<void> {
    await this.redis.call('FCALL', 'ts_expire', '1', this.prefix, '3600000', '100');
  }

  /** Waits until the stream holds an entry that fits; fails after `deadlineMs`. */
  async entry(fits: (entry: Entry) => boolean, deadlineMs = 15_000): Promise<Entry> {
    return this.until(() => this.entries.find(fits), deadlineMs);
  }

  async outcome(jobId: string, deadlineMs?: number): Promise<Message> {
    return (await this.entry((e) => e.jobs.includes(jobId) && isOutcome(e.message), deadlineMs)).message;
  }

  async started(jobId: string): Promise<Entry> {
    return this.entry((e) => e.jobs.includes(jobId) && e.message.kind === 'started');
  }

  /** Waits until the worker itself says that it runs a job: Redis knows of the start before the worker does. */
  async running(): Promise<void> {
    await vi.waitFor(
      async () => {
        const infos = await this.redis.hvals(`${this.prefix}workers`);
        const counts = infos.map((text) => (JSON.parse(text) as { info: { running: number } }).info.running);
        if (!counts.some((count) => count > 0)) throw new Error('no worker says that it runs a job');
      },
      { timeout: 15_000, interval: 20 },
    );
  }

  messages(jobId: string): Message[] {
    return this.entries.filter((e) => e.jobs.includes(jobId)).map((e) => e.message);
  }

  /** Re-checks after every batch that arrives from the stream. */
  async until<T>(check: () => T | undefined | false, deadlineMs = 15_000): Promise<T> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const found = check();
      if (found) return found;
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`nothing fitting within ${deadlineMs} ms; seen: ${this.summary()}`);
      await new Promise<void>((resolve) => this.wakeWithin(left, resolve));
    }
  }

  private wakeWithin(ms: number, resolve: () => void): void {
    const wake = () => {
      clearTimeout(timer);
      this.waiting.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    this.waiting.add(wake);
  }

  private summary(): string {
    return JSON.stringify(this.entries.slice(-10)).slice(0, 3000);
  }

  private async read(): Promise<void> {
    let last = '0-0';
    while (!this.closed) {
      const answer = await this.reader
        .xread('COUNT', 1000, 'BLOCK', 1000, 'STREAMS', `${this.prefix}outcomes`, last)
        .catch(() => null);
      for (const [id, fields] of answer?.[0]?.[1] ?? []) {
        last = id;
        this.entries.push(...entriesOf(fields));
      }
      for (const wake of [...this.waiting]) wake();
    }
  }
}

function job(task: string, args: object, options: PushOptions): { jobId: string; priority: number; payload: string } {
  const { attempt = 1, priority = 5, softLimitMs = 300_000, hardLimitMs = 600_000 } = options;
  const run = newId();
  const payload = { v: 1, run, attempt, task, arguments: args, softLimitMs, hardLimitMs, traceparent: null };
  return { jobId: `${run}.${attempt}`, priority, payload: JSON.stringify(payload) };
}

/** One for each job with a message of its own; one for those that share a message. */
function entriesOf(fields: string[]): Entry[] {
  const named = Object.fromEntries(
    Array.from({ length: fields.length / 2 }, (_, i) => [fields[2 * i], fields[2 * i + 1]]),
  ) as Record<string, string>;
  const { worker = '', at, late, jobs, message } = named;
  const facts = { worker, at: Number(at), late: late === '1' };
  if (jobs !== undefined)
    return [{ ...facts, jobs: jobs.split(','), message: JSON.parse(message ?? 'null') as Message }];
  return Object.entries(named).flatMap(([name, text]) =>
    /\.\d+$/.test(name) ? [{ ...facts, jobs: [name], message: JSON.parse(text) as Message }] : [],
  );
}
