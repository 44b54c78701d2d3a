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
 * Passes announcements on, at most one for each category within `quietMs`: the first at once, what follows together at the end of the
 * quiet time, so that the last commit is always announced after it happened.
 */
export class CoalescedAnnouncements implements Pick<AppendHints, 'announce'> {
  private readonly quiet = new Set<Category>();
  private readonly held = new Set<Category>();

  constructor(
    private readonly hints: Pick<AppendHints, 'announce'>,
    private readonly quietMs = 5,
  ) {}

  announce(categories: Iterable<Category>): void {
    const now: Category[] = [];
    for (const category of categories) {
      if (this.quiet.has(category)) this.held.add(category);
      else now.push(category);
    }
    this.pass(now);
  }

  private pass(categories: readonly Category[]): void {
    if (categories.length === 0) return;
    for (const category of categories) this.quiet.add(category);
    setTimeout(() => this.endQuiet(categories), this.quietMs);
    this.hints.announce(categories);
  }

  private endQuiet(categories: readonly Category[]): void {
    for (const category of categories) this.quiet.delete(category);
    this.pass(categories.filter((category) => this.held.delete(category)));
  }
}
