/**
 * Keeps something in memory as new as the log.
 * Steps: at start read everything of the categories, page by page; then read on whenever a hint comes, and every second in any case.
 */
import { type Category } from '#contracts';
import { type AppendHints, BEGINNING, type Cursor, type EventLog, type RecordedEvent } from '#event-store';
import { ServiceLoop, type Startable } from '#lifecycle';
import { type Logger } from '#observability';

export interface LogFollowerOptions {
  name: string;
  log: Pick<EventLog, 'readAll'>;
  hints: Pick<AppendHints, 'onAppended'>;
  /** All of them when left out. */
  categories?: readonly Category[];
  /** Where to begin; the beginning of the log when left out. */
  from?: Cursor;
  logger: Pick<Logger, 'error'>;
  /** Gets every event once, in log order. */
  apply(events: readonly RecordedEvent[]): void;
}

const POLL_MS = 1_000;
const PAGE = 1_000;

export class LogFollower implements Startable {
  private readonly loop: ServiceLoop;
  private cursor: Cursor;
  private stopListening: (() => void) | undefined;

  constructor(private readonly options: LogFollowerOptions) {
    this.cursor = options.from ?? BEGINNING;
    this.loop = new ServiceLoop({
      name: options.name,
      intervalMs: POLL_MS,
      step: () => this.readPage(),
      onError: (error, name) => options.logger.error({ err: error, loop: name }, 'reading the log failed'),
    });
  }

  /** Resolves once everything that is in the log now was applied. */
  async start(): Promise<void> {
    while (await this.readPage());
    this.stopListening = this.options.hints.onAppended((categories) => {
      if (this.concerns(categories)) this.loop.wake();
    });
    await this.loop.start();
  }

  async stop(): Promise<void> {
    this.stopListening?.();
    await this.loop.stop();
  }

  /** The place up to which everything was applied. */
  get position(): Cursor {
    return this.cursor;
  }

  private concerns(categories: readonly Category[]): boolean {
    const mine = this.options.categories;
    return !mine || categories.some((category) => mine.includes(category));
  }

  private async readPage(): Promise<boolean> {
    const { log, categories } = this.options;
    const events = await log.readAll({ after: this.cursor, limit: PAGE, ...(categories && { categories }) });
    if (events.length === 0) return false;
    this.options.apply(events);
    this.cursor = events.at(-1)!.cursor;
    return events.length === PAGE;
  }
}
