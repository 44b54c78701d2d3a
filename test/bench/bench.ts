/** What a scenario works with: its size, and the contestants, each started when it is asked for and stopped by whoever runs the scenario. */
import { type Contestant, type Drainable } from './contestant.js';
import { startBullMq } from './peers/bullmq.js';
import { startCelery } from './peers/celery.js';
import { startGraphileWorker } from './peers/graphile-worker.js';
import { isInstalled, type PeerName } from './peers/installed.js';
import { startPgBoss } from './peers/pg-boss.js';
import { type BenchRuntime } from './platform/bundles.js';
import { Platform, type PlatformOptions } from './platform/platform.js';

export interface BenchSettings {
  /** A smoke: tiny counts, one pair, nothing judged. */
  quick: boolean;
  pairs: number;
  /** Waiting runs of B8. */
  waiting: number;
  /** Events in the log of B7. */
  history: number;
  say: (line: string) => void;
}

interface Stoppable {
  stop(): Promise<void>;
}

export class Bench {
  private readonly started = new Map<string, Promise<Stoppable>>();
  private stopping = Promise.resolve();
  private interrupted = false;
  private readonly remembered = new Map<string, Promise<unknown>>();

  constructor(readonly settings: BenchSettings) {}

  get quick(): boolean {
    return this.settings.quick;
  }

  get pairs(): number {
    return this.settings.pairs;
  }

  /** The first for the whole size, the second for a smoke. */
  size(full: number, quick: number): number {
    return this.quick ? quick : full;
  }

  /** Tasksmith with the task `add` deployed; the same one for all that ask with the same runtime. */
  platform(runtime: BenchRuntime = 'node', name?: string): Promise<Platform> {
    const key = `tasksmith ${runtime} ${name ?? ''}`;
    return this.once(key, async () => {
      const platform = await Platform.start(name === undefined ? {} : { name });
      try {
        await platform.deploy({ runtime, queue: `bench_${runtime}` });
      } catch (error) {
        await platform.stop();
        throw error;
      }
      return platform;
    });
  }

  bullMq(): Promise<Contestant | undefined> {
    return this.peer('bullmq', startBullMq);
  }

  celery(): Promise<Drainable | undefined> {
    return this.peer('celery', startCelery);
  }

  pgBoss(): Promise<Contestant | undefined> {
    return this.peer('pg-boss', startPgBoss);
  }

  graphileWorker(): Promise<Contestant | undefined> {
    return this.peer('graphile-worker', startGraphileWorker);
  }

  /** Starts something for this scenario only; stopped with the rest. */
  keep<T extends Stoppable>(name: string, start: () => Promise<T>): Promise<T> {
    return this.once(name, start);
  }

  /** Measured once, though two scenarios show it. */
  remember<T>(what: string, measure: () => Promise<T>): Promise<T> {
    const known = this.remembered.get(what) ?? measure();
    this.remembered.set(what, known);
    return known as Promise<T>;
  }

  /** Every platform that runs now, for the audit. */
  async platforms(): Promise<Platform[]> {
    const all = await Promise.all(this.started.values());
    return all.filter((one) => one instanceof Platform);
  }

  /** Stops everything that was started, the youngest first; safe to call twice, and again while it stops. */
  stopAll(): Promise<void> {
    this.stopping = this.stopping.then(() => this.stopStarted());
    return this.stopping;
  }

  /** The same, and nothing can be started any more. */
  interrupt(): Promise<void> {
    this.interrupted = true;
    return this.stopAll();
  }

  startPlatform(name: string, options: PlatformOptions): Promise<Platform> {
    return this.once(`platform ${name}`, () => Platform.start({ ...options, name }));
  }

  private async peer<T extends Stoppable>(name: PeerName, start: () => Promise<T>): Promise<T | undefined> {
    if (isInstalled(name)) return this.once(name, start);
    if (process.env['CI']) throw new Error(`${name} is not installed, and CI is set`);
    return undefined;
  }

  private async stopStarted(): Promise<void> {
    const all = [...this.started.values()].reverse();
    this.started.clear();
    for (const one of all) await one.then((running) => running.stop()).catch((error: unknown) => this.tell(error));
  }

  private once<T extends Stoppable>(name: string, start: () => Promise<T>): Promise<T> {
    if (this.interrupted) throw new Error('interrupted');
    const known = this.started.get(name) ?? start();
    this.started.set(name, known);
    return known as Promise<T>;
  }

  private tell(error: unknown): void {
    this.settings.say(`while stopping: ${error instanceof Error ? error.message : String(error)}`);
  }
}
