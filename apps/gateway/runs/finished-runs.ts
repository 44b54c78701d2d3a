/** Runs that somebody here waits for, woken by the dispatcher's notices. A notice may be lost: whoever waits also asks now and then. */
import { type RunId } from '#contracts';
import { type Startable } from '#lifecycle';
import { type FinishedNotices } from '#messaging';

interface Expected {
  finished: boolean;
  wake: (() => void) | undefined;
  /** Forgets the run when nobody ever came to wait for it. */
  forget: NodeJS.Timeout;
}

const FORGET_AFTER_MS = 300_000;

export class FinishedRuns implements Startable {
  /** The waiter to name in AcceptRuns. */
  readonly waiter: string;
  private readonly expected = new Map<RunId, Expected>();
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly notices: Pick<FinishedNotices, 'waiterFor' | 'listen'>,
    gatewayId: string,
  ) {
    this.waiter = notices.waiterFor(gatewayId);
  }

  async start(): Promise<void> {
    this.stopListening = this.notices.listen(this.waiter, (runIds) => runIds.forEach((runId) => this.note(runId)));
  }

  async stop(): Promise<void> {
    this.stopListening?.();
    for (const runId of [...this.expected.keys()]) this.forget(runId);
  }

  /** Called before the run is sent, so that its notice cannot come too early. */
  expect(runId: RunId): void {
    const forget = setTimeout(() => this.forget(runId), FORGET_AFTER_MS).unref();
    this.expected.set(runId, { finished: false, wake: undefined, forget });
  }

  isExpected(runId: RunId): boolean {
    return this.expected.has(runId);
  }

  forget(runId: RunId): void {
    const expected = this.expected.get(runId);
    if (!expected) return;
    clearTimeout(expected.forget);
    this.expected.delete(runId);
    expected.wake?.();
  }

  /** Resolves when a notice came, the time is over or the signal was given, whichever is first. Each notice resolves one wait. */
  async untilNoticed(runId: RunId, waitMs: number, signal?: AbortSignal): Promise<void> {
    const expected = this.expected.get(runId);
    if (signal?.aborted || this.takeNotice(expected)) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        if (expected) expected.wake = undefined;
        this.takeNotice(expected);
        resolve();
      };
      const timer = setTimeout(end, waitMs);
      signal?.addEventListener('abort', end, { once: true });
      if (expected) expected.wake = end;
    });
  }

  private takeNotice(expected: Expected | undefined): boolean {
    if (!expected?.finished) return false;
    expected.finished = false;
    return true;
  }

  private note(runId: RunId): void {
    const expected = this.expected.get(runId);
    if (!expected) return;
    expected.finished = true;
    expected.wake?.();
  }
}
