/** Tasksmith as it ships, in a home of its own, with one client process; what is submitted through it is counted and audited. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { serviceNames, startStack, type Stack } from '../../../deploy/local/index.js';
import { ChildProgram } from '../child-program.js';
import { type BatchesOrder, type Drainable, type SinglesOrder, type Timing } from '../contestant.js';
import { type NamedProcess, treeOf } from '../process-usage.js';
import { sourceFolder } from '../source-folder.js';
import { inTemporaryHome } from '../temporary-home.js';
import { BenchApi } from './api.js';
import { assertHonest, countInJetStream, countInLog, haveCaughtUp } from './audit.js';
import { EVENTS_PER_RUN } from './history.js';
import { deployAdder, type Deployed, type DeployOptions } from './deployment.js';

const FIRST_PORT = 18_070;
/** The audit reads every event from JetStream, and a minute of full load is more than the default keeps. */
const STREAM_MAX_BYTES = '8000000000';
const SETTLED_WITHIN_MS = 120_000;

export interface PlatformOptions {
  workerHost?: 'process' | 'docker';
  name?: string;
}

export interface PressOrder {
  seconds: number;
  callers: number;
  /** Runs in a batch. */
  size: number;
}

/** Runs by their fate. `unfinished`: accepted, and not over while their caller waited. `unclear`: accepted or not, their caller was not told in time. */
export interface Pressed {
  done: number;
  unfinished: number;
  refused: number;
  unclear: number;
  wrong: number;
  /** Until the last answer. */
  seconds: number;
}

export class Platform implements Drainable {
  readonly api: BenchApi;
  readonly redis: Redis;
  private readonly database: Client;
  private client: ChildProgram | undefined;
  private workers: NamedProcess[] = [];
  private deployed: Deployed | undefined;
  private submitted = 0;
  private waiting = 0;
  private unclear = 0;
  private historicRuns = 0;

  private constructor(
    readonly name: string,
    readonly stack: Stack,
    private readonly removeHome: () => void,
  ) {
    this.api = new BenchApi(stack.urls.api, stack.adminKey);
    this.redis = new Redis(stack.urls.redis, { lazyConnect: true });
    this.database = new Client({ connectionString: stack.urls.database });
  }

  static start({ workerHost = 'process', name = 'Tasksmith' }: PlatformOptions = {}): Promise<Platform> {
    return inTemporaryHome(async (home) => {
      const stack = await startStack({
        home: home.path,
        port: FIRST_PORT,
        env: { ...process.env, TASKSMITH_WORKER_HOST: workerHost },
        serviceEnv: { LOG_LEVEL: 'warn', TASKSMITH_EVENT_STREAM_MAX_BYTES: STREAM_MAX_BYTES },
      });
      const platform = new Platform(name, stack, () => home.remove());
      await platform.redis.connect();
      await platform.database.connect();
      return platform;
    });
  }

  /** Deploys the task `add` and sends the calls that follow to it. */
  async deploy(options: DeployOptions): Promise<Deployed> {
    this.deployed = await deployAdder(this.api, options);
    this.submitted += options.smokeTests?.length ?? 0;
    this.workers = await this.workersOf(this.deployed.deploymentId);
    return this.deployed;
  }

  processes(): NamedProcess[] {
    const { processes, servers } = this.stack;
    return [
      ...(this.client ? [{ name: 'client', pid: this.client.pid }] : []),
      ...serviceNames.map((name) => ({ name, pid: processes[name].pid! })),
      ...this.workers,
      ...(['postgres', 'redis', 'nats'] as const).map((name) => ({ name, pid: servers[name]!.process.pid! })),
    ];
  }

  singles(order: SinglesOrder): Promise<Timing> {
    this.submitted += order.runs;
    return this.ask({ do: 'singles', ...order });
  }

  batches(order: BatchesOrder): Promise<Timing> {
    this.submitted += order.batches * order.size;
    return this.ask({ do: 'batches', ...order });
  }

  async fill(tasks: number, names?: readonly string[]): Promise<void> {
    this.submitted += tasks;
    await this.ask({ do: 'fill', tasks, ...(names && { names }) });
  }

  /** Callers none of whom rests; a run that was refused does not count as submitted. */
  async press(order: PressOrder): Promise<Pressed> {
    const pressed = await this.ask<Pressed>({ do: 'press', ...order });
    this.submitted += pressed.done + pressed.unfinished;
    this.unclear += pressed.unclear;
    if (pressed.wrong > 0) throw new Error(`${pressed.wrong} runs were answered with something wrong`);
    return pressed;
  }

  pause(): void {
    this.signalWorkers('SIGSTOP');
  }

  resume(): void {
    this.signalWorkers('SIGCONT');
  }

  /** A job leaves its lane when its end is in the log. */
  async isDrained(): Promise<boolean> {
    return (await this.jobsIn(this.lane)) === 0;
  }

  async verify(): Promise<void> {
    await this.settled();
    const { accepted, succeeded } = await countInLog(this.stack.urls.database);
    if (succeeded + this.waiting < accepted)
      throw new Error(`${accepted - succeeded} of ${accepted} runs have not succeeded`);
    const { rows } = await this.database.query<{ wrong: number }>(`
      SELECT count(*)::int AS wrong FROM events a JOIN events s USING (category, stream)
      WHERE category = 'run' AND a.type = 'RunAccepted' AND s.type = 'RunSucceeded'
        AND (a.data->'arguments'->>'a')::int + (a.data->'arguments'->>'b')::int <> (s.data->>'result')::int`);
    if (rows[0]!.wrong > 0) throw new Error(`${rows[0]!.wrong} runs have a wrong result`);
  }

  /** The lane of the deployment that is called. */
  get lane(): string {
    return this.deployed!.lane;
  }

  /** Jobs of a lane that Redis knows, waiting and running. */
  jobsIn(lane: string): Promise<number> {
    return this.redis.hlen(`ts:{${lane}}:jobs`);
  }

  /** Those of them that no worker has taken. */
  waitingIn(lane: string): Promise<number> {
    return this.redis.zcard(`ts:{${lane}}:ready`);
  }

  /** What workers of a lane have reported and the dispatcher has not recorded yet, in entries. */
  reportedIn(lane: string): Promise<number> {
    return this.redis.xlen(`ts:{${lane}}:outcomes`);
  }

  /** The relay has carried every event to JetStream and the view of runs has every event. */
  async settled(readers = ['relay', 'dispatcher.runs']): Promise<void> {
    const deadline = performance.now() + SETTLED_WITHIN_MS;
    while (!(await haveCaughtUp(this.database, readers))) {
      if (performance.now() > deadline) throw new Error('the relay or the view of runs does not catch up');
      await pause(50);
    }
  }

  /** One of the benchmark's own programs, told where this platform is. */
  startProgram(name: string): Promise<ChildProgram> {
    const { urls, adminKey } = this.stack;
    return ChildProgram.start({
      name,
      command: process.execPath,
      args: [join(sourceFolder, 'programs', `${name}.mjs`)],
      env: { TASKSMITH_API: urls.api, TASKSMITH_MCP: urls.mcp, TASKSMITH_KEY: adminKey, TASK: 'add' },
    });
  }

  /** A task that no worker serves: what is sent to it waits. */
  async registerUnserved(task: string, queue: string): Promise<void> {
    await this.api.post('/tasks', { name: task, queue });
  }

  /** For work on the database that no service may see half done. */
  async whileServicesAreStopped<T>(work: () => Promise<T>): Promise<T> {
    await this.settled();
    for (const name of serviceNames) await this.stack.stopService(name);
    const done = await work();
    await Promise.all(serviceNames.map((name) => this.stack.startService(name)));
    this.workers = await this.untilWorkersAreBack();
    return done;
  }

  /** Runs that bulk SQL wrote: no caller submitted them, and the relay did not carry them. */
  noteHistory(runs: number): void {
    this.historicRuns += runs;
  }

  async count(table: 'events' | 'runs'): Promise<number> {
    const { rows } = await this.database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
    return rows[0]!.count;
  }

  /** Runs that a scenario leaves waiting. */
  noteWaiting(runs: number): void {
    this.waiting += runs;
  }

  /** Runs that did not come through this class: of another client, or of a program started by hand. */
  noteSubmitted(runs: number): void {
    this.submitted += runs;
  }

  /** @throws Error when something that was measured is not in the log, or did not reach JetStream. */
  async audit(): Promise<string> {
    // Nothing may be added meanwhile, such as the loss of what a held worker had claimed.
    await this.stack.stopService('dispatcher');
    await this.settled(['relay']);
    const counted = withoutHistory(await countInLog(this.stack.urls.database), this.historicRuns);
    const inJetStream = await countInJetStream(this.stack.urls.nats);
    const unclear = Math.min(this.unclear, Math.max(0, counted.accepted - this.submitted));
    assertHonest({ submitted: this.submitted + unclear, waiting: this.waiting, ...counted, inJetStream });
    const ended = `${counted.succeeded} runs with the right result${this.waiting > 0 ? `, ${this.waiting} left waiting` : ''}`;
    return `${ended}; ${counted.events} events in the log, ${inJetStream} of them seen by a JetStream consumer`;
  }

  async stop(): Promise<void> {
    // Held workers could not stop.
    this.resume();
    await this.client?.stop();
    this.redis.disconnect();
    await this.database.end().catch(() => undefined);
    await this.stack.stop();
    this.removeHome();
  }

  private async ask<T>(request: Record<string, unknown>): Promise<T> {
    this.client ??= await this.startProgram('tasksmith-client');
    return this.client.ask<T>(request);
  }

  private async workersOf(deploymentId: string): Promise<NamedProcess[]> {
    interface Worker {
      deploymentId: string;
      /** Of a process, its pid. */
      handle: string;
      tier: 'process' | 'container';
      state: string;
    }
    const { workers } = await this.api.get<{ workers: Worker[] }>('/workers');
    return workers
      .filter(
        (worker) => worker.deploymentId === deploymentId && worker.state === 'running' && worker.tier === 'process',
      )
      .map(({ handle }) => ({ name: 'worker', pid: Number(handle) }));
  }

  private async untilWorkersAreBack(): Promise<NamedProcess[]> {
    const deadline = performance.now() + SETTLED_WITHIN_MS;
    for (;;) {
      const workers = this.deployed ? await this.workersOf(this.deployed.deploymentId) : [];
      if (!this.deployed || workers.length > 0) return workers;
      if (performance.now() > deadline) throw new Error('the worker does not come back');
      await pause(100);
    }
  }

  private signalWorkers(signal: NodeJS.Signals): void {
    for (const { pid } of this.workers) for (const each of treeOf(pid)) signalIfThere(each, signal);
  }
}

function withoutHistory<T extends { accepted: number; succeeded: number; events: number }>(
  counted: T,
  runs: number,
): T {
  const { accepted, succeeded, events } = counted;
  return { ...counted, accepted: accepted - runs, succeeded: succeeded - runs, events: events - runs * EVENTS_PER_RUN };
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
