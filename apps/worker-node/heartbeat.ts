/** Says every so often that the worker is alive, and hears which jobs it has lost or should stop. */
import { type Lane } from './redis/lane.js';
import { type Loop } from './loop.js';
import { type Settings } from './settings.js';
import { type SlotPool } from './slot/pool.js';

export class Heartbeat {
  private readonly startedAt = Date.now();
  private timer: NodeJS.Timeout | undefined;
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

  /** After this no beat arrives: one after the goodbye would register the worker again. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
  }

  private beatOnce(): void {
    this.beating ??= this.beat()
      .catch(() => {}) // The connection tells of its trouble and mends itself; the next beat follows.
      .finally(() => (this.beating = null));
  }

  private async beat(): Promise<void> {
    await this.lane.ready();
    const { lost, cancelled } = await this.lane.heartbeat(this.info(), this.loop.heldJobIds);
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
