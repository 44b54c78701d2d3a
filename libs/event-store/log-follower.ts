/**
 * Follows the log in order, one leader among all processes, every event at least once.
 * Steps: become the leader, go on from the saved cursor, read a batch, hand it on, save how far it was handled; an error is logged
 * and the rest of the batch is tried again after a pause, so nothing is passed over.
 */
import { once } from 'node:events';
import { type Pool } from 'pg';
import { type Category } from '#contracts';
import { ServiceLoop, type Startable } from '#lifecycle';
import { type Logger } from '#observability';
import { LeaderLock } from './advisory-lock.js';
import { advanceCursor, loadCursor } from './cursors.js';
import { type AppendHints } from './hints.js';
import { isBefore, type Cursor, type EventLog, type LogHorizon, type ReadFrom } from './log.js';
import { PostgresLog } from './postgres.log.js';
import { type Sql } from './projection.js';
import { WakeUps } from './wake-ups.js';

export type ReadableLog = Pick<EventLog, 'readAll' | 'readAllText'> & LogHorizon;

export interface FollowerSettings {
  /** For the cursor, the lock and, when no log is given, the log. */
  pool: Pool;
  log?: ReadableLog;
  hints?: Pick<AppendHints, 'onAppended'>;
  logger?: Pick<Logger, 'error' | 'info'>;
  /** Longest wait between two looks at the log, for when a hint is lost. Default 2,000. */
  pollMs?: number;
  /** Default 500. */
  batchSize?: number;
}

export interface FollowerDuty<E extends { cursor: Cursor }> {
  /** Of its cursor and its lock. */
  name: string;
  /** Undefined means all. */
  categories: readonly Category[] | undefined;
  /** In which form it wants the events. */
  read(log: ReadableLog, from: ReadFrom): Promise<E[]>;
  /** Calls `handled` after each event, or with the last of several, once it need not be handed on again. */
  handle(events: readonly E[], handled: (event: E) => void, signal: AbortSignal): Promise<void>;
}

export class LogFollower<E extends { cursor: Cursor }> implements Startable {
  private readonly lock: LeaderLock;
  private readonly log: ReadableLog;
  private readonly batchSize: number;
  private readonly pollMs: number;
  private started = false;

  constructor(
    private readonly duty: FollowerDuty<E>,
    private readonly settings: FollowerSettings,
  ) {
    const { pool, logger, log } = settings;
    this.log = log ?? new PostgresLog({ pool });
    this.lock = new LeaderLock({ pool, name: duty.name, ...(logger && { logger }) });
    this.batchSize = settings.batchSize ?? 500;
    this.pollMs = settings.pollMs ?? 2_000;
  }

  get isLeader(): boolean {
    return this.lock.isLeader;
  }

  async start(): Promise<void> {
    if (this.started) return;
    this.started = true;
    void this.lock.run((signal) => this.lead(signal));
  }

  /** Waits for what is being handled. */
  async stop(): Promise<void> {
    await this.lock.stop();
  }

  private async lead(signal: AbortSignal): Promise<void> {
    const place = { cursor: await loadCursor(this.settings.pool as Sql, this.duty.name) };
    const loop: ServiceLoop = new ServiceLoop({
      name: this.duty.name,
      intervalMs: this.pollMs,
      step: () => this.step(place, wakeUps, signal),
      onError: (error, name) => this.settings.logger?.error({ err: error }, `${name} failed and will try again`),
    });
    const { hints } = this.settings;
    const wakeUps = new WakeUps({
      hints,
      categories: this.duty.categories,
      wake: () => loop.wake(),
    });
    await loop.start();
    if (!signal.aborted) await once(signal, 'abort');
    await loop.stop();
    wakeUps.stop();
  }

  private async step(place: { cursor: Cursor }, wakeUps: WakeUps, signal: AbortSignal): Promise<boolean> {
    const { categories } = this.duty;
    const horizon = await this.log.horizon();
    const events = await this.duty.read(this.log, {
      after: place.cursor,
      limit: this.batchSize,
      ...(categories && { categories }),
    });
    if (events.length > 0) await this.handOn(events, place, signal);
    const isLast = events.length < this.batchSize;
    // Nothing more for this follower lies up to the horizon: the next look need not begin further back.
    if (isLast && !signal.aborted && isBefore(place.cursor, horizon.upTo)) place.cursor = horizon.upTo;
    wakeUps.looked({ found: events.length > 0, hidden: horizon.hidden });
    return !isLast;
  }

  /** Saves also when some event was not handled: the others are not handed on again. */
  private async handOn(events: readonly E[], place: { cursor: Cursor }, signal: AbortSignal): Promise<void> {
    const before = place.cursor;
    try {
      await this.duty.handle(events, ({ cursor }) => (place.cursor = cursor), signal);
    } finally {
      if (place.cursor !== before) await advanceCursor(this.settings.pool as Sql, this.duty.name, place.cursor);
    }
  }
}
