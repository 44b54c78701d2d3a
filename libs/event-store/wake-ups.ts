/**
 * Wakes a loop that reads the log: on a hint about its categories, and, while transactions that have not ended may hide events, again
 * soon, at growing intervals.
 */
import { type Category } from '#contracts';
import { type AppendHints } from './hints.js';

const FIRST_LOOK_MS = 5;
const LONGEST_LOOK_MS = 500;

export class WakeUps {
  private nextLookMs = FIRST_LOOK_MS;
  private timer: NodeJS.Timeout | undefined;
  private readonly stopListening: (() => void) | undefined;

  constructor(
    private readonly options: {
      hints: Pick<AppendHints, 'onAppended'> | undefined;
      /** Undefined means all. */
      categories: readonly Category[] | undefined;
      wake(): void;
    },
  ) {
    const { hints, categories, wake } = options;
    this.stopListening = hints?.onAppended(() => {
      this.nextLookMs = FIRST_LOOK_MS;
      wake();
    }, categories);
  }

  /** After a look at the log: was something found, and may something be hidden still? */
  looked({ found, hidden }: { found: boolean; hidden: boolean }): void {
    clearTimeout(this.timer);
    this.nextLookMs = found || !hidden ? FIRST_LOOK_MS : Math.min(this.nextLookMs * 2, LONGEST_LOOK_MS);
    if (hidden) this.timer = setTimeout(this.options.wake, this.nextLookMs);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.stopListening?.();
  }
}
