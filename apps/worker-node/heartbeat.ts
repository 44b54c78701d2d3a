/** Says every so often that the worker is alive, and hears which jobs it has lost or should stop. */
import { type Lane } from './redis/lane.js';
import { type Loop } from './loop.js';
import { type Settings } from './settings.js';
import { type SlotPool } from './slot/pool.js';

/** A beat tells the platform of jobs that have started. Those that end sooner than this tell of it with their end. */
const TELL_OF_START_MS = 50;

export class Heartbeat {
  private readonly startedAt = Date.now();
  private timer: NodeJS.Timeout | undefined;
  private soon: NodeJS.Timeout | undefined;
  private told: ReadonlySet<string> = new Set();
  private beating: Promise<void> | null = null;

  constructor(
    private readonly lane: Lane,
    private readonly pool: SlotPool,
    private readonly loop: Loop,
    private readonly settings: Pick<Settings, 'heartbeatMs' | 'concurrency'>,
  ) {}

  /** The first beat registers the worker as soon as Redis answers. */
  start(): void {
    this.timer = setInterval(() => this.beatOnce(), this.settings.heartbeatMs);
    this.beatOnce();
  }

  /** To be called after every claim. Jobs that are still there a moment later have started, as far as anybody should know. */
  claimed(): void {
    if (this.soon) return;
    const untold = this.loop.heldJobIds.filter((id) => !this.told.has(id));
    if (untold.length === 0) return;
    this.soon = setTimeout(() => {
      this.soon = undefined;
      const held = new Set(this.loop.heldJobIds);
      if (untold.some((id) => held.has(id))) this.beatOnce();
      else this.claimed();
    }, TELL_OF_START_MS);
  }

  /** After this no beat arrives: one after the goodbye would register the worker again. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    clearTimeout(this.soon);
    await this.beating;
  }

  private beatOnce(): void {
    this.beating ??= this.beat()
      .catch(() => {}) // The connection tells of its trouble and mends itself; the next beat follows.
      .finally(() => (this.beating = null));
  }

  private async beat(): Promise<void> {
    await this.lane.ready();
    const held = this.loop.heldJobIds;
    const { lost, cancelled } = await this.lane.heartbeat(this.info(), held);
    this.told = new Set(held);
    this.pool.abandon(lost);
    this.pool.cancel(cancelled);
  }

  private info(): string {
    const { startedAt, pool, settings } = this;
    return JSON.stringify({
      runtime: 'node',
      slots: settings.concurrency,
      running: pool.busy,
      startedAt,
      version: '1',
    });
  }
}
