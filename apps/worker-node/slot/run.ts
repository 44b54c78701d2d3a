/** One attempt of one run, within a slot's thread, from its payload to its outcome. */
import {
  type CurrentRun,
  type RunInProgress,
  SoftTimeLimitExceeded,
  TaskCancelled,
  type TaskContext,
} from './authoring.js';
import { type FailureTeller, isRetryable } from './failure.js';
import { type LogLine, type Progress } from './messages.js';
import { cancelled, failed, succeeded, timedOut } from './outcome.js';
import { Output } from './output.js';
import { type LoadedTask } from './registry.js';

export interface Job {
  run: string;
  attempt: number;
  task: string;
  arguments: Record<string, unknown>;
  softLimitMs: number;
  hardLimitMs: number;
  traceparent: string | null;
}

export interface RunEvents {
  lines(lines: LogLine[]): void;
  dropped(count: number): void;
  progress(progress: Progress): void;
  /** @param isSpent The thread may be unfit for another run. */
  ended(outcome: string, isSpent: boolean): void;
}

const PROGRESS_EVERY_MS = 50;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

type Interruption = 'soft-limit' | 'cancelled';

export class Run implements RunInProgress, TaskContext {
  private readonly startedAt = performance.now();
  private readonly output: Output;
  private controller: AbortController | null = null;
  private interruption: Interruption | null = null;
  private softTimer: NodeJS.Timeout | undefined;
  private isEnded = false;
  private pendingProgress: Progress | null = null;
  private progressTimer: NodeJS.Timeout | undefined;
  private progressAt = -Infinity;

  constructor(
    private readonly job: Job,
    private readonly teller: FailureTeller,
    private readonly events: RunEvents,
  ) {
    this.output = new Output(events.lines, events.dropped);
  }

  start(task: LoadedTask | undefined): void {
    const { job } = this;
    if (task === undefined) return this.refuse('TaskNotFound', `the bundle has no task "${job.task}"`);
    const reason = isObject(job.arguments) ? task.refuse(job.arguments) : 'arguments must be an object';
    if (reason !== null) return this.refuse('InvalidArguments', `${job.task}: ${reason}`);
    try {
      const result = task.handler(job.arguments, this);
      if (isThenable(result)) this.follow(result);
      else this.returned(result);
    } catch (error) {
      this.threw(error);
    }
  }

  get run(): CurrentRun {
    return this.info;
  }

  get info(): CurrentRun {
    const { run, attempt, task, softLimitMs, hardLimitMs, traceparent = null } = this.job;
    return { id: run, attempt, task, softLimitMs, hardLimitMs, traceparent };
  }

  /** Made when first asked for: most tasks never look. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.interruption !== null) this.controller.abort(this.reason(this.interruption));
    return this.controller.signal;
  }

  interrupt(interruption: Interruption): void {
    if (this.isEnded) return;
    this.interruption = interruption;
    this.controller?.abort(this.reason(interruption));
  }

  /** An error that no promise of the task carries: thrown in a timer, or a rejection that nobody handles. */
  brokeDown(error: unknown): void {
    this.end(this.failure(error), 'spent');
  }

  write(stream: 'stdout' | 'stderr', text: string): void {
    this.output.write(stream, text);
  }

  log(text: string): void {
    if (!this.isEnded) this.output.log(text);
  }

  /** The newest counts: a loop that reports every step is told of some of them, and of the last. */
  progress(progress: Progress): void {
    if (this.isEnded) return;
    const waitMs = this.progressAt + PROGRESS_EVERY_MS - performance.now();
    this.pendingProgress = progress;
    if (waitMs <= 0) this.flushProgress();
    else this.progressTimer ??= setTimeout(() => this.flushProgress(), waitMs);
  }

  /** From now on the soft limit interrupts. For a task that lets nothing else happen no timer could fire, so it needs none. */
  watchLimit(): void {
    // Timers count whole milliseconds from the last tick of the loop, so they may end up to one early; a limit never does.
    const leftMs = Math.max(0, Math.ceil(this.job.softLimitMs - this.elapsedMs)) + 1;
    this.softTimer ??= setTimeout(() => this.interrupt('soft-limit'), Math.min(leftMs, LONGEST_TIMER_MS));
  }

  private follow(result: PromiseLike<unknown>): void {
    result.then(
      (value) => this.returned(value),
      (error: unknown) => this.threw(error),
    );
  }

  private returned(value: unknown): void {
    this.end(succeeded(value, this.elapsedMs));
  }

  private threw(error: unknown): void {
    this.end(this.interruptedOutcome() ?? this.failure(error));
  }

  /** Whatever a task throws after it was interrupted is taken as its way to give up. */
  private interruptedOutcome(): string | null {
    if (this.interruption === 'cancelled') return cancelled(this.elapsedMs);
    return this.interruption === 'soft-limit' ? timedOut('soft', this.job.softLimitMs, this.elapsedMs) : null;
  }

  private failure(error: unknown): string {
    return failed(this.teller.tell(error), { isRetryable: isRetryable(error), durationMs: this.elapsedMs });
  }

  private refuse(type: string, message: string): void {
    this.end(failed({ type, message, traceback: '' }, { isRetryable: false, durationMs: this.elapsedMs }));
  }

  private end(outcome: string, fitness: 'fit' | 'spent' = 'fit'): void {
    if (this.isEnded) return;
    clearTimeout(this.softTimer);
    this.flushProgress();
    this.output.end();
    this.isEnded = true;
    this.events.ended(outcome, fitness === 'spent');
  }

  private flushProgress(): void {
    clearTimeout(this.progressTimer);
    this.progressTimer = undefined;
    if (this.pendingProgress === null) return;
    this.events.progress(this.pendingProgress);
    this.pendingProgress = null;
    this.progressAt = performance.now();
  }

  private reason(interruption: Interruption): Error {
    if (interruption === 'cancelled') return new TaskCancelled('the run was cancelled');
    return new SoftTimeLimitExceeded(`the soft time limit of ${this.job.softLimitMs} ms is over`);
  }

  private get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
