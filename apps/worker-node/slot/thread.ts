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
  type LogLine,
  LOOK,
  MESSAGES_SENT,
  type Progress,
  type SlotData,
  STARTED,
  startedMark,
  STARTED_AT,
  type ToSlot,
} from './messages.js';
import { OutboxWriter } from './outbox.js';
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

export async function serveSlot(port: MessagePort, { bundle, shared, outbox, describe }: SlotData): Promise<void> {
  const teller = new FailureTeller(bundle);
  const counts = new Int32Array(shared);
  const send = (message: FromSlot) => {
    Atomics.add(counts, MESSAGES_SENT, 1);
    port.postMessage(message);
  };
  provideAuthoring(bundle.shim);
  const slot = new SlotThread(send, counts, new Float64Array(shared), new OutboxWriter(outbox, counts), teller);
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

class SlotThread implements RunEvents {
  private tasks: ReadonlyMap<string, LoadedTask> | null = null;
  private batch: Batch = { batch: 0, payloads: [] };
  private next = 0;
  private run: Run | null = null;
  /** When the oldest outcome was written that the worker has not been told of. */
  private untoldSince: number | null = null;
  private isPausePlanned = false;
  private isProceeding = false;

  constructor(
    private readonly send: (message: FromSlot) => void,
    private readonly counts: Int32Array,
    private readonly cells: Float64Array,
    private readonly outbox: OutboxWriter,
    private readonly teller: FailureTeller,
  ) {}

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

  lines = (lines: LogLine[]): void => this.send({ kind: 'lines', place: this.next - 1, lines });

  progress = (progress: Progress): void => this.send({ kind: 'progress', place: this.next - 1, progress });

  dropped = (count: number): void => {
    this.cells[DROPPED_LINES] = count;
  };

  ended = (outcome: string, isSpent: boolean): void => {
    const now = monotonicMs();
    this.cells[BUSY_MS]! += now - this.cells[STARTED_AT]!;
    this.run = null;
    authoring.setCurrent(null);
    if (isSpent) return this.retire(outcome);
    if (this.outbox.add(outcome)) this.tellInTime(now);
    else this.send({ kind: 'outcome', outcome });
    if (!this.isProceeding) this.proceed();
  };

  private begin(batch: Batch): void {
    this.batch = batch;
    this.next = 0;
    this.cells[BUSY_MS] = 0;
    this.outbox.reset();
    this.proceed();
  }

  /** Runs job after job, until one has to wait for something. The worker is told of outcomes now and then, and when that is all. */
  private proceed(): void {
    this.isProceeding = true;
    while (this.run === null && this.next < this.batch.payloads.length) this.start(this.batch.payloads[this.next]!);
    this.isProceeding = false;
    if (this.run === null) this.tell();
    else this.planPause();
  }

  /** A job that really waits for something, and not for a promise only that is settled already, leaves time for this. */
  private pause = (): void => {
    this.isPausePlanned = false;
    this.tell();
    this.run?.watchLimit();
  };

  private planPause(): void {
    if (this.isPausePlanned) return;
    this.isPausePlanned = true;
    setImmediate(this.pause);
  }

  private tellInTime(now: number): void {
    this.untoldSince ??= now;
    if (now - this.untoldSince > GATHER_MS) this.tell();
  }

  private tell(): void {
    if (this.untoldSince === null) return;
    this.untoldSince = null;
    this.send(LOOK);
  }

  /** The cells are written before the count: who reads a new count finds the new job's cells. */
  private start(payload: string): void {
    const job = parseJob(payload);
    this.cells[HARD_LIMIT_MS] = job?.hardLimitMs ?? Infinity;
    this.cells[STARTED_AT] = monotonicMs();
    this.cells[DROPPED_LINES] = 0;
    if (!this.count()) {
      this.batch.payloads.length = this.next;
      return;
    }
    this.next++;
    if (job === null) return this.ended(UNREADABLE, false);
    this.run = new Run(job, this.teller, this);
    authoring.setCurrent(this.run);
    this.run.start(this.tasks!.get(job.task));
  }

  /** False when the job may not begin any more. */
  private count(): boolean {
    const before = startedMark(this.batch.batch, this.next);
    const after = startedMark(this.batch.batch, this.next + 1);
    return Atomics.compareExchange(this.counts, STARTED, before, after) === before;
  }

  private retire(outcome: string): void {
    this.batch.payloads.length = this.next;
    this.send({ kind: 'spent', outcome });
  }
}

function parseJob(payload: string): Job | null {
  try {
    return JSON.parse(payload) as Job;
  } catch {
    return null;
  }
}
