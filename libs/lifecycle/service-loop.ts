/**
 * Does a step again and again until stopped.
 * Steps: run the step; when it says there was work, go on at once, otherwise wait for a wake-up or the interval; an error is reported and backed off.
 */
import { type Startable } from './startable.js';

export interface ServiceLoopOptions {
  name: string;
  /** Longest wait between two steps. */
  intervalMs: number;
  /** Resolves to true when there may be more to do at once. */
  step(signal: AbortSignal): Promise<boolean | void>;
  onError(error: unknown, name: string): void;
}

const LONGEST_BACKOFF_MS = 5_000;

export class ServiceLoop implements Startable {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private wakeUp: (() => void) | undefined;
  private woken = false;
  private failures = 0;

  constructor(private readonly options: ServiceLoopOptions) {}

  async start(): Promise<void> {
    this.running ??= this.run();
  }

  /** Cuts the wait short. */
  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wakeUp?.();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.woken = false;
      const more = await this.tryStep();
      if (!more) await this.rest();
    }
  }

  private async tryStep(): Promise<boolean> {
    try {
      const more = await this.options.step(this.stopping.signal);
      this.failures = 0;
      return more === true;
    } catch (error) {
      this.failures += 1;
      if (!this.stopping.signal.aborted) this.options.onError(error, this.options.name);
      return false;
    }
  }

  private async rest(): Promise<void> {
    if (this.stopping.signal.aborted || (this.woken && this.failures === 0)) return;
    const backoff = this.failures === 0 ? 0 : Math.min(50 * 2 ** this.failures, LONGEST_BACKOFF_MS);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(this.options.intervalMs, backoff));
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = undefined;
  }
}
