/**
 * Keeps something in memory as new as the log.
 * Steps: at start read everything of the categories, page by page; then read on whenever a hint comes, soon again while something may be hidden,
 * and every second in any case.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Category } from '#contracts';
import {
  type AppendHints,
  BEGINNING,
  type Cursor,
  type EventLog,
  type LogHorizon,
  LogUnavailable,
  type RecordedEvent,
  WakeUps,
} from '#event-store';
import { ServiceLoop, type Startable } from '#lifecycle';
import { type Logger } from '#observability';

export interface LogFollowerOptions {
  name: string;
  log: Pick<EventLog, 'readAll'> & LogHorizon;
  hints: Pick<AppendHints, 'onAppended'>;
  /** All of them when left out. */
  categories?: readonly Category[];
  /** Where to begin; the beginning of the log when left out. */
  from?: Cursor;
  logger: Pick<Logger, 'error'>;
  /** Gets every event once, in log order. */
  apply(events: readonly RecordedEvent[]): void;
}

const POLL_MS = 2_000;
const PAGE = 1_000;
/** How long a gateway that starts waits for a database that does not answer yet, or is too busy to. */
const START_WITHIN_MS = 30_000;
const START_AGAIN_MS = 250;

export class LogFollower implements Startable {
  private readonly loop: ServiceLoop;
  private cursor: Cursor;
  private wakeUps: WakeUps | undefined;

  constructor(private readonly options: LogFollowerOptions) {
    this.cursor = options.from ?? BEGINNING;
    this.loop = new ServiceLoop({
      name: options.name,
      intervalMs: POLL_MS,
      step: () => this.readPage(),
      onError: (error, name) => options.logger.error({ err: error, loop: name }, 'reading the log failed'),
    });
  }

  /** Resolves once everything that is in the log now was applied. @throws LogUnavailable when it could not be read for 30 s. */
  async start(): Promise<void> {
    await this.readAllPages();
    const { hints, categories } = this.options;
    this.wakeUps = new WakeUps({ hints, categories, wake: () => this.loop.wake() });
    await this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
    this.wakeUps?.stop();
  }

  /** The place up to which everything was applied. */
  get position(): Cursor {
    return this.cursor;
  }

  private async readAllPages(): Promise<void> {
    const deadline = performance.now() + START_WITHIN_MS;
    for (let hasMore = true; hasMore;) {
      hasMore = await this.readPage().catch(async (error: unknown) => {
        if (!(error instanceof LogUnavailable) || performance.now() > deadline) throw error;
        await pause(START_AGAIN_MS);
        return true;
      });
    }
  }

  /** Whether there may be more. */
  private async readPage(): Promise<boolean> {
    const { log, categories } = this.options;
    // Asked first: what ends between the two questions is found by the second.
    const { hidden } = await log.horizon();
    const events = await log.readAll({ after: this.cursor, limit: PAGE, ...(categories && { categories }) });
    this.wakeUps?.looked({ found: events.length > 0, hidden });
    if (events.length === 0) return false;
    this.options.apply(events);
    this.cursor = events.at(-1)!.cursor;
    return events.length === PAGE;
  }
}
