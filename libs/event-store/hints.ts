/** Wake-ups for readers of the log: a lost one costs a poll interval, never an event. */
import { type Category } from '#contracts';

export interface AppendHints {
  /** Says that events of these categories were committed. */
  announce(categories: readonly Category[]): void;
  /** Hears of these categories, of all when left out. Returns the function that stops listening. */
  onAppended(callback: () => void, wanted?: readonly Category[]): () => void;
}

interface Listener {
  readonly callback: () => void;
  readonly wanted: readonly Category[] | undefined;
}

/** For one process, and for tests. */
export class LocalHints implements AppendHints {
  private readonly listeners = new Set<Listener>();

  announce(categories: readonly Category[]): void {
    for (const { callback, wanted } of this.listeners)
      if (!wanted || categories.some((category) => wanted.includes(category))) callback();
  }

  onAppended(callback: () => void, wanted?: readonly Category[]): () => void {
    const listener = { callback, wanted };
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

/** When an announcement is made. */
interface Pace {
  /** How long a category stays quiet after an announcement. */
  readonly quietMs: number;
  /** Each quiet time in which something came is followed by one of twice the length, up to this. */
  readonly longestQuietMs: number;
  /** Whether the first announcement after a quiet time is made at once; else at the end of a quiet time that begins with it. */
  readonly firstAtOnce: boolean;
}

/**
 * Runs come by the thousand, and whoever reads them does better with many at a time, the more so the longer they keep coming. Nobody who waits for a run
 * waits for its views, which would only take the processor from it. All other events are few, and something follows from each.
 */
const EAGER: Pace = { quietMs: 5, longestQuietMs: 5, firstAtOnce: true };
const LAZY: Pace = { quietMs: 50, longestQuietMs: 250, firstAtOnce: false };

export function paceOf(category: Category): Pace {
  return category === 'run' || category === 'idempotency' ? LAZY : EAGER;
}

/** Passes announcements on, those within a quiet time together at the end of it, so that the last commit is always announced after it happened. */
export class CoalescedAnnouncements implements Pick<AppendHints, 'announce'> {
  private readonly quiet = new Set<Category>();
  private readonly held = new Set<Category>();

  constructor(
    private readonly hints: Pick<AppendHints, 'announce'>,
    private readonly pace: (category: Category) => Pace = paceOf,
  ) {}

  announce(categories: Iterable<Category>): void {
    const now: Category[] = [];
    for (const category of categories) {
      const isQuiet = this.quiet.has(category);
      const { firstAtOnce, quietMs } = this.pace(category);
      if (!isQuiet) this.beginQuiet(category, quietMs);
      if (!isQuiet && firstAtOnce) now.push(category);
      else this.held.add(category);
    }
    if (now.length > 0) this.hints.announce(now);
  }

  private beginQuiet(category: Category, forMs: number): void {
    this.quiet.add(category);
    setTimeout(() => this.endQuiet(category, forMs), forMs);
  }

  private endQuiet(category: Category, lastedMs: number): void {
    this.quiet.delete(category);
    if (!this.held.delete(category)) return;
    this.beginQuiet(category, Math.min(lastedMs * 2, this.pace(category).longestQuietMs));
    this.hints.announce([category]);
  }
}
