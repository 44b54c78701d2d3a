/** A worker from its start to its end: the slots, the loop, the heartbeat, and the stop. */
import { rmSync } from 'node:fs';
import { type CompiledBundle } from './bundle/compile.js';
import { BadBundle } from './bundle/manifest.js';
import { Heartbeat } from './heartbeat.js';
import { Loop } from './loop.js';
import { Connection } from './redis/connection.js';
import { Lane } from './redis/lane.js';
import { type Settings } from './settings.js';
import { SlotPool } from './slot/pool.js';

/** `EX_CONFIG`: starting again with the same bundle would not help. */
export const UNLOADABLE = 78;
const SILENCE_MS = 5_000;
const LEAVE_WITHIN_MS = 2_000;
/** For clean-up in a task, once it has been asked to stop because the worker must. */
const LAST_GRACE_MS = 300;

export function say(message: string): void {
  process.stderr.write(`tasksmith worker: ${message}\n`);
}

/** The bundle, compiled; or the end of the process with the reason. */
export async function bundleOrExit(place: { bundleDir: string; entry: string | null }): Promise<CompiledBundle> {
  // Imported here because the slots' threads, which run this same file, have no use for a compiler.
  const { compileBundle } = await import('./bundle/compile.js');
  try {
    const bundle = compileBundle(place);
    process.chdir(place.bundleDir);
    process.on('exit', () => rmSync(bundle.outDir, { recursive: true, force: true }));
    return bundle;
  } catch (error) {
    if (!(error instanceof BadBundle)) throw error;
    return exitUnloadable(error.message);
  }
}

export function exitUnloadable(reason: string): never {
  say(`the bundle cannot be loaded: ${reason}`);
  process.exit(UNLOADABLE);
}

export class NodeWorker {
  private readonly redis: Connection;
  private readonly waker: Connection;
  private readonly lane: Lane;
  private readonly pool: SlotPool;
  private readonly loop: Loop;
  private readonly heartbeat: Heartbeat;
  private stopping: { hurry(): void } | null = null;

  constructor(
    private readonly settings: Settings,
    bundle: CompiledBundle,
  ) {
    const trouble = onceEach(say);
    this.pool = new SlotPool(
      settings.concurrency,
      { bundle, memoryMb: settings.slotMemoryMb },
      {
        free: () => this.loop.turn(),
        finished: (jobId, outcome) => this.loop.finish(jobId, outcome),
        handedBack: (jobIds) => this.loop.handBack(jobIds),
        lines: (jobId, lines) => this.loop.addLines(jobId, lines),
        progressed: (jobId, progress) => this.loop.setProgress(jobId, progress),
        unloadable: exitUnloadable,
      },
    );
    this.pool.open();
    this.redis = new Connection(settings.redis, SILENCE_MS, trouble);
    this.waker = new Connection(settings.redis, SILENCE_MS);
    this.lane = new Lane(this.redis, {
      prefix: settings.queuePrefix,
      workerId: settings.workerId,
      leaseMs: settings.leaseMs,
    });
    this.loop = new Loop({
      ...{ lane: this.lane, pool: this.pool, waker: this.waker },
      onClaimed: () => this.heartbeat.claimed(),
      onTrouble: trouble,
    });
    this.heartbeat = new Heartbeat(this.lane, this.pool, this.loop, settings);
  }

  start(): void {
    this.heartbeat.start();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.stop());
  }

  /** The second call hurries the first. */
  stop(): void {
    if (this.stopping !== null) return this.stopping.hurry();
    let hurry = () => {};
    const hurried = new Promise<void>((resolve) => (hurry = resolve));
    this.stopping = { hurry };
    void this.windDown(hurried);
  }

  private async windDown(hurried: Promise<void>): Promise<void> {
    this.loop.stopClaiming();
    const finished = this.isIdle();
    await Promise.race([finished, hurried, after(this.settings.stopTimeoutMs)]);
    await this.handBack(hurried);
    await Promise.race([
      this.leave().catch((error: Error) => say(`left without a goodbye: ${error.message}`)),
      after(LEAVE_WITHIN_MS),
    ]);
    process.exit(0);
  }

  private async isIdle(): Promise<void> {
    await this.loop.settled();
    while (this.pool.busy > 0) {
      await after(10);
      await this.loop.settled();
    }
  }

  /** Interrupts what still runs, so that it can clean up, then ends it; its jobs wait again, whatever it answers. */
  private async handBack(hurried: Promise<void>): Promise<void> {
    const unfinished = this.pool.jobIds;
    this.pool.abandon(unfinished);
    await Promise.race([this.isIdle(), hurried, after(LAST_GRACE_MS)]);
    this.pool.close();
    if (unfinished.length === 0) return;
    await Promise.race([this.lane.release(unfinished).catch(() => {}), after(LEAVE_WITHIN_MS)]);
  }

  private async leave(): Promise<void> {
    await this.loop.settled();
    await this.heartbeat.stop();
    await this.lane.leave();
    this.redis.close();
    this.waker.close();
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The same trouble again and again, e.g. Redis that stays away, is said once. */
function onceEach(tell: (message: string) => void): (message: string) => void {
  let last = '';
  return (message) => {
    const gist = message.replace(/; trying again.*/, '');
    if (gist !== last) tell(message);
    last = gist;
  };
}
