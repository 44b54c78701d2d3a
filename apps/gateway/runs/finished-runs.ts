/** Runs that somebody here waits for: the dispatcher's notices bring them. A notice may be lost, so whoever waits also asks now and then. */
import { type RunId, type RunView } from '#contracts';
import { type Startable } from '#lifecycle';
import { type FinishedNotices, type FinishedRun } from '#messaging';

/** The part of an AbortSignal that waiting needs. */
export interface Gone {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { once: true }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

interface Expected {
  arguments: RunView['arguments'];
  finished: FinishedRun | undefined;
  wake: (() => void) | undefined;
  since: number;
}

/** A run that nobody came to wait for is forgotten after this long, give or take a sweep. */
const FORGET_AFTER_MS = 300_000;
const MOST_EXPECTED = 100_000;
/** What has not ended after this long takes its time, or waits for workers: it says nothing of how much the platform has to do. */
const YOUNG_MS = 2_000;
const SWEEP_EVERY_MS = 30_000;

export class FinishedRuns implements Startable {
  /** The waiter to name in AcceptRuns. */
  readonly waiter: string;
  private readonly expected = new Map<RunId, Expected>();
  /** Since when; oldest first. */
  private readonly young = new Map<RunId, number>();
  private stopListening: (() => void) | undefined;
  private sweeping: NodeJS.Timeout | undefined;

  constructor(
    private readonly notices: Pick<FinishedNotices, 'waiterFor' | 'listen'>,
    gatewayId: string,
    /** Told of each notice. */
    private readonly onNotice: (runId: RunId) => void = () => {},
  ) {
    this.waiter = notices.waiterFor(gatewayId);
  }

  async start(): Promise<void> {
    this.stopListening = this.notices.listen(this.waiter, (runs) => runs.forEach((run) => this.hear(run)));
    this.sweeping = setInterval(() => this.sweep(), SWEEP_EVERY_MS).unref();
  }

  async stop(): Promise<void> {
    this.stopListening?.();
    clearInterval(this.sweeping);
    for (const runId of [...this.expected.keys()]) this.forget(runId);
  }

  /** Called before the run is sent, so that its notice cannot come too early. */
  expect(runId: RunId, args: RunView['arguments']): void {
    const since = performance.now();
    this.expected.set(runId, { arguments: args, finished: undefined, wake: undefined, since });
    this.young.set(runId, since);
  }

  /** Whether as many runs are waited for as memory is meant to hold. */
  get isFull(): boolean {
    return this.expected.size >= MOST_EXPECTED;
  }

  /** Runs that were sent within the last two seconds and have not ended. */
  countYoung(): number {
    const bornAfter = performance.now() - YOUNG_MS;
    for (const [runId, since] of this.young) {
      if (since > bornAfter) break;
      this.young.delete(runId);
    }
    return this.young.size;
  }

  isExpected(runId: RunId): boolean {
    return this.expected.has(runId);
  }

  forget(runId: RunId): void {
    const expected = this.expected.get(runId);
    if (!expected) return;
    this.expected.delete(runId);
    this.young.delete(runId);
    expected.wake?.();
  }

  /**
   * Resolves when a notice came, the time is over or the signal was given, whichever is first. With the run when the notice brought it; each
   * notice resolves one wait.
   */
  async untilNoticed(runId: RunId, waitMs: number, signal?: Gone): Promise<RunView | undefined> {
    const expected = this.expected.get(runId);
    if (!signal?.aborted && !expected?.finished) await this.pause(expected ? [expected] : [], waitMs, signal);
    return this.takeNotice(expected);
  }

  /**
   * The same for many runs with one timer: resolves once each of them was noticed, the time is over or the signal was given. With those that were not
   * noticed yet; what the notices brought is for `take`.
   */
  async untilAllNoticed(runIds: readonly RunId[], waitMs: number, signal?: Gone): Promise<RunId[]> {
    const open = runIds.flatMap((runId) => this.unnoticed(runId) ?? []);
    if (open.length > 0 && !signal?.aborted) await this.pause(open, waitMs, signal);
    return runIds.filter((runId) => this.unnoticed(runId));
  }

  /** What a notice brought, and `ask` when it was too large to bring it; undefined when none came. Nobody waits for the run any more. */
  take(runId: RunId): RunView | 'ask' | undefined {
    const expected = this.expected.get(runId);
    const isNoticed = expected?.finished !== undefined;
    this.forget(runId);
    return this.takeNotice(expected) ?? (isNoticed ? 'ask' : undefined);
  }

  /** Also for whoever learns in another way that a run has finished. */
  note(run: FinishedRun): void {
    const expected = this.expected.get(run.runId);
    if (!expected) return;
    const isNews = expected.finished === undefined;
    if (isNews || 'status' in run) expected.finished = run;
    this.young.delete(run.runId);
    if (isNews) expected.wake?.();
  }

  private hear(run: FinishedRun): void {
    this.note(run);
    this.onNotice(run.runId);
  }

  private unnoticed(runId: RunId): Expected | undefined {
    const expected = this.expected.get(runId);
    return expected?.finished ? undefined : expected;
  }

  /** Until each of these was noticed or forgotten, the time is over or the signal was given. */
  private pause(open: readonly Expected[], waitMs: number, signal: Gone | undefined): Promise<void> {
    return new Promise<void>((resolve) => {
      let left = open.length;
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        for (const expected of open) expected.wake = undefined;
        resolve();
      };
      const noticed = () => {
        left -= 1;
        if (left === 0) end();
      };
      const timer = setTimeout(end, waitMs);
      signal?.addEventListener('abort', end, { once: true });
      for (const expected of open) expected.wake = noticed;
    });
  }

  private takeNotice(expected: Expected | undefined): RunView | undefined {
    const run = expected?.finished;
    if (!expected || !run) return undefined;
    expected.finished = undefined;
    // The notice is nobody else's: a copy of it would be made for every run.
    return 'status' in run ? Object.assign(run, { arguments: expected.arguments }) : undefined;
  }

  /** Oldest first, which is the order in which they came. */
  private sweep(): void {
    for (const [runId, { since }] of this.expected) {
      if (performance.now() - since < FORGET_AFTER_MS) return;
      this.forget(runId);
    }
  }
}
