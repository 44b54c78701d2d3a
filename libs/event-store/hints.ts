/** Wake-ups for readers of the log: a lost one costs a poll interval, never an event. */
import { type Category } from '#contracts';

export interface AppendHints {
  /** Says that events of these categories were committed. */
  announce(categories: readonly Category[]): void;
  /** Returns the function that stops listening. */
  onAppended(callback: (categories: readonly Category[]) => void): () => void;
}

/** For one process, and for tests. */
export class LocalHints implements AppendHints {
  private readonly callbacks = new Set<(categories: readonly Category[]) => void>();

  announce(categories: readonly Category[]): void {
    for (const callback of this.callbacks) callback(categories);
  }

  onAppended(callback: (categories: readonly Category[]) => void): () => void {
    this.callbacks.add(callback);
    return () => void this.callbacks.delete(callback);
  }
}

/**
 * How long a category stays quiet after an announcement. Runs come by the thousand, and who reads them does better with many at a time: nobody
 * who waits for a run waits for its views. All other events are few, and something follows from each.
 */
const QUIET_MS = 5;
const QUIET_MS_OF_RUNS = 50;

export function quietMsOf(category: Category): number {
  return category === 'run' || category === 'idempotency' ? QUIET_MS_OF_RUNS : QUIET_MS;
}

/**
 * Passes announcements on: the first of a category at once, what follows within its quiet time together at the end of it, so that the last
 * commit is always announced after it happened.
 */
export class CoalescedAnnouncements implements Pick<AppendHints, 'announce'> {
  private readonly quiet = new Set<Category>();
  private readonly held = new Set<Category>();

  constructor(
    private readonly hints: Pick<AppendHints, 'announce'>,
    private readonly quietMs: (category: Category) => number = quietMsOf,
  ) {}

  announce(categories: Iterable<Category>): void {
    const now: Category[] = [];
    for (const category of categories) {
      if (this.quiet.has(category)) this.held.add(category);
      else now.push(category);
    }
    if (now.length > 0) this.pass(now);
  }

  private pass(categories: readonly Category[]): void {
    for (const category of categories) {
      this.quiet.add(category);
      setTimeout(() => this.endQuiet(category), this.quietMs(category));
    }
    this.hints.announce(categories);
  }

  private endQuiet(category: Category): void {
    this.quiet.delete(category);
    if (this.held.delete(category)) this.pass([category]);
  }
}
