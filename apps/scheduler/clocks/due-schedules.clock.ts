/**
 * Turns time into firings, on one leader; the others keep what they know up to date, to take over at once.
 * Steps: read what is new of all schedules; as the leader, fire every schedule that is due; rest until the next instant, a change, or a moment.
 * Two may take themselves for the leader for a moment: the version of a schedule's stream lets each instant fire once all the same.
 */
import { once } from 'node:events';
import { type RunId } from '#contracts';
import { type AppendHints, LeaderLock, type LeaderLockOptions } from '#event-store';
import { type Clock, ServiceLoop, type Startable } from '#lifecycle';
import { type Logger } from '#observability';
import { type ScheduleBook } from '../commands/schedule-book.js';
import { type Due, type KnownSchedules } from '../known-schedules.js';

export interface DueSchedulesParts {
  known: KnownSchedules;
  book: ScheduleBook;
  hints: Pick<AppendHints, 'onAppended'>;
  pool: LeaderLockOptions['pool'];
  clock: Clock;
  newId: () => string;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** A change is in force within this, even when the hint about it is lost. */
const POLL_MS = 250;

export class DueSchedulesClock implements Startable {
  private readonly lock: LeaderLock;
  private readonly loop: ServiceLoop;
  private started = false;
  private stopListening: (() => void) | undefined;
  private alarm: NodeJS.Timeout | undefined;

  constructor(private readonly parts: DueSchedulesParts) {
    const { pool, logger } = parts;
    this.lock = new LeaderLock({ pool, name: 'due schedules', logger });
    this.loop = new ServiceLoop({
      name: 'due schedules',
      intervalMs: POLL_MS,
      step: () => this.step(),
      onError: (error, name) => logger.warn({ err: error }, `${name} failed and will be tried again`),
    });
  }

  get isLeader(): boolean {
    return this.lock.isLeader;
  }

  async start(): Promise<void> {
    if (this.started) return;
    this.started = true;
    this.stopListening = this.parts.hints.onAppended(() => this.loop.wake(), ['schedule']);
    await this.loop.start();
    void this.lock.run(async (signal) => {
      this.loop.wake();
      if (!signal.aborted) await once(signal, 'abort');
    });
  }

  /** Fires no more, then lets another lead. */
  async stop(): Promise<void> {
    this.stopListening?.();
    await this.loop.stop();
    clearTimeout(this.alarm);
    await this.lock.stop();
  }

  private async step(): Promise<boolean> {
    await this.parts.known.refresh();
    if (!this.lock.isLeader) return false;
    const due = this.parts.known.due(this.parts.clock.now());
    // Side by side: the log commits them together, and one that fails holds up none of the others.
    const outcomes = await Promise.allSettled(due.map((one) => this.fire(one)));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure) throw failure.reason;
    this.setAlarm();
    return due.length > 0; // after a handover several instants of a schedule fire in turn
  }

  private async fire({ id, known, dueAt }: Due): Promise<void> {
    const { book, clock, newId } = this.parts;
    const command = { type: 'FireDue', dueAt, runId: newId() as RunId, at: clock.now() } as const;
    this.parts.known.learn(id, await book.fire(id, known, command));
  }

  private setAlarm(): void {
    clearTimeout(this.alarm);
    const earliest = this.parts.known.earliest();
    const waitMs = earliest === null ? POLL_MS : earliest - this.parts.clock.now();
    if (waitMs < POLL_MS) this.alarm = setTimeout(() => this.loop.wake(), Math.max(1, waitMs));
  }
}
