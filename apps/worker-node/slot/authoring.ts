/** What a task's module imports from `tasksmith`. */
export type JsonSchema = Record<string, unknown>;

export interface TaskOptions {
  name: string;
  description?: string;
  /** JSON Schema of the arguments object. */
  parameters?: JsonSchema;
  result?: JsonSchema;
}

export interface CurrentRun {
  readonly id: string;
  readonly attempt: number;
  readonly task: string;
  readonly softLimitMs: number;
  readonly hardLimitMs: number;
  readonly traceparent: string | null;
}

export interface TaskContext {
  /** Aborts at the soft limit with `SoftTimeLimitExceeded`, on a cancel with `TaskCancelled`. */
  readonly signal: AbortSignal;
  readonly run: CurrentRun;
}

export interface Progress {
  /** From 0 to 1. */
  fraction: number;
  message: string | null;
}

export type Handler<A = never, R = unknown> = (args: A, context: TaskContext) => R;
export type TaskFunction<A, R> = Handler<A, R> & { readonly definition: TaskOptions };

/** A failure with a say in whether another attempt may help. */
export class TaskError extends Error {
  override name = 'TaskError';
  readonly retryable: boolean;
  constructor(message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.retryable = options.retryable ?? true;
  }
}

export class SoftTimeLimitExceeded extends Error {
  override name = 'SoftTimeLimitExceeded';
}

export class TaskCancelled extends Error {
  override name = 'TaskCancelled';
}

/** The run that the thread is busy with, as the authoring functions need it. */
export interface RunInProgress {
  readonly info: CurrentRun;
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  log(text: string): void;
}

const defined: { options: TaskOptions; handler: Handler }[] = [];
let current: RunInProgress | null = null;

export function setCurrent(run: RunInProgress | null): void {
  current = run;
}

export function definedTasks(): readonly { options: TaskOptions; handler: Handler }[] {
  return defined;
}

/** Makes a function a task. The answer is still that function, so that a test can call it. */
export function task<A, R>(options: TaskOptions, handler: Handler<A, R>): TaskFunction<A, R> {
  if (typeof options?.name !== 'string' || options.name === '') throw new TypeError('task() needs a name');
  if (typeof handler !== 'function') throw new TypeError(`task "${options.name}" needs a function`);
  defined.push({ options, handler: handler as Handler });
  const callable: Handler<A, R> = (args, context) => handler(args, context);
  return Object.assign(callable, { definition: options });
}

/** @param fraction From 0 to 1. */
export function progress(fraction: number, message: string | null = null): void {
  const within = Math.min(1, Math.max(0, Number(fraction) || 0));
  current?.progress({ fraction: within, message: message === null ? null : String(message) });
}

/** A line of the run's log, with what else should be known about it. */
export function log(message: string, fields?: Record<string, unknown>): void {
  current?.log(fields === undefined ? String(message) : `${message} ${JSON.stringify(fields)}`);
}

export function currentRun(): CurrentRun {
  if (current === null) throw new Error('currentRun() has an answer only while a task runs');
  return current.info;
}

/** Waits, unless the run is interrupted: then it throws why. */
export function sleep(ms: number): Promise<void> {
  const signal = current?.signal;
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
