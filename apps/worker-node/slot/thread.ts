/** The thread of one slot: loads the bundle, then runs one job at a time. */
import Module from 'node:module';
import { type MessagePort } from 'node:worker_threads';
import { AUTHORING_KEY } from '../bundle/shim.js';
import * as authoring from './authoring.js';
import { FailureTeller } from './failure.js';
import { monotonicMs } from './clock.js';
import {
  type Batch,
  BUSY_MS,
  DROPPED_LINES,
  type FromSlot,
  HARD_LIMIT_MS,
  REVOKED,
  type SlotData,
  STARTED,
  STARTED_AT,
  type ToSlot,
} from './messages.js';
import { failed } from './outcome.js';
import { captureOutput } from './output.js';
import { loadTasks, type LoadedTask } from './registry.js';
import { type Job, Run, type RunEvents } from './run.js';

const UNREADABLE = failed(
  { type: 'UnreadableJob', message: 'the job is not JSON', traceback: '' },
  { isRetryable: false, durationMs: 0 },
);

/** An outcome waits no longer than this for company while the next jobs run. */
const GATHER_MS = 1;

export async function serveSlot(port: MessagePort, { bundle, shared, describe }: SlotData): Promise<void> {
  const teller = new FailureTeller(bundle);
  const send = (message: FromSlot) => port.postMessage(message);
  provideAuthoring(bundle.shim);
  const slot = new SlotThread(send, shared, teller);
  flushBeforeExit(slot.flush);
  captureOutput((stream, text) => slot.write(stream, text));
  const unload = (error: unknown) => {
    send({ kind: 'unloadable', reason: teller.tellAll(error) });
    process.exit(1);
  };
  process.on('unhandledRejection', (error) => (slot.isServing ? slot.broke(error) : unload(error)));
  process.on('uncaughtException', (error) => (slot.isServing ? slot.broke(error) : unload(error)));
  try {
    slot.serve(await loadTasks(bundle), port, describe);
  } catch (error) {
    unload(error);
  }
}

/** `import 'tasksmith'` finds a shim that takes the functions from here; so does `require('tasksmith')`. */
function provideAuthoring(shim: string): void {
  (globalThis as Record<symbol, unknown>)[Symbol.for(AUTHORING_KEY)] = authoring;
  const loader = Module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
  const resolve = loader._resolveFilename.bind(loader);
  loader._resolveFilename = (request, ...rest) => (request === 'tasksmith' ? shim : resolve(request, ...rest));
}

/** `process.exit()` in a task ends only this thread, and must not take the outcomes of earlier jobs with it. */
function flushBeforeExit(flush: () => void): void {
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    flush();
    return exit(code);
  };
}

class SlotThread implements RunEvents {
  private tasks: ReadonlyMap<string, LoadedTask> | null = null;
  private batch: Batch = { batch: 0, payloads: [] };
  private next = 0;
  private run: Run | null = null;
  private outcomes: string[] = [];
  private outcomesSince = 0;
  private isFlushPlanned = false;
  private isProceeding = false;
  private readonly cells: Float64Array;
  private readonly counts: Int32Array;

  constructor(
    private readonly send: (message: FromSlot) => void,
    shared: SharedArrayBuffer,
    private readonly teller: FailureTeller,
  ) {
    this.cells = new Float64Array(shared);
    this.counts = new Int32Array(shared);
  }

  get isServing(): boolean {
    return this.tasks !== null;
  }

  serve(tasks: ReadonlyMap<string, LoadedTask>, port: MessagePort, describe: boolean): void {
    this.tasks = tasks;
    port.on('message', (message: ToSlot) => {
      if ('payloads' in message) this.begin(message);
      else if (message.batch === this.batch.batch && message.interrupt === this.next - 1)
        this.run?.interrupt('cancelled');
    });
    this.send({ kind: 'ready', tasks: describe ? [...tasks.values()].map((task) => task.describe()) : [] });
  }

  write(stream: 'stdout' | 'stderr', text: string): boolean {
    this.run?.write(stream, text);
    return this.run !== null;
  }

  /** Left over from an earlier run, it is nobody's failure. */
  broke(error: unknown): void {
    if (this.run !== null) this.run.brokeDown(error);
    else process.stderr.write(`after its run had ended: ${this.teller.tellAll(error)}\n`);
  }

  lines = (lines: Parameters<RunEvents['lines']>[0]): void => {
    this.flush();
    this.send({ kind: 'lines', lines });
  };

  progress = (progress: Parameters<RunEvents['progress']>[0]): void => {
    this.flush();
    this.send({ kind: 'progress', progress });
  };

  dropped = (count: number): void => {
    this.cells[DROPPED_LINES] = count;
  };

  ended = (outcome: string, isSpent: boolean): void => {
    const now = monotonicMs();
    this.cells[BUSY_MS]! += now - this.cells[STARTED_AT]!;
    this.run = null;
    authoring.setCurrent(null);
    if (this.outcomes.push(outcome) === 1) this.outcomesSince = now;
    if (isSpent) this.retire();
    else if (!this.isProceeding) this.proceed();
  };

  flush = (): void => {
    this.isFlushPlanned = false;
    if (this.outcomes.length === 0) return;
    this.send(this.outcomes);
    this.outcomes = [];
  };

  private begin(batch: Batch): void {
    this.batch = batch;
    this.next = 0;
    this.cells[BUSY_MS] = 0;
    this.proceed();
  }

  /** Runs job after job, until one has to wait for something. Outcomes gather meanwhile, for a millisecond or so. */
  private proceed(): void {
    this.isProceeding = true;
    while (this.run === null && this.next < this.batch.payloads.length) {
      if (this.outcomes.length > 0 && monotonicMs() - this.outcomesSince > GATHER_MS) this.flush();
      this.start(this.batch.payloads[this.next]!);
    }
    this.isProceeding = false;
    if (this.run === null) this.flush();
    else if (!this.isFlushPlanned && this.outcomes.length > 0) {
      this.isFlushPlanned = true;
      setImmediate(this.flush);
    }
  }

  /** The cells are written before the count: who reads a new count finds the new job's cells. */
  private start(payload: string): void {
    const job = parseJob(payload);
    this.cells[HARD_LIMIT_MS] = job?.hardLimitMs ?? Infinity;
    this.cells[STARTED_AT] = monotonicMs();
    this.cells[DROPPED_LINES] = 0;
    if (Atomics.add(this.counts, STARTED, 1) >= REVOKED) {
      this.batch.payloads.length = this.next;
      return;
    }
    this.next++;
    if (job === null) return this.ended(UNREADABLE, false);
    this.run = new Run(job, this.teller, this);
    authoring.setCurrent(this.run);
    this.run.start(this.tasks!.get(job.task));
  }

  private retire(): void {
    this.batch.payloads.length = this.next;
    this.send({ kind: 'spent', outcomes: this.outcomes });
    this.outcomes = [];
  }
}

function parseJob(payload: string): Job | null {
  try {
    return JSON.parse(payload) as Job;
  } catch {
    return null;
  }
}
