/** A slot as the worker sees it: a thread that runs one job at a time and can be ended at any moment. */
import { Worker } from 'node:worker_threads';
import { type CompiledBundle } from '../bundle/compile.js';
import {
  BUSY_MS,
  DROPPED_LINES,
  type FromSlot,
  HARD_LIMIT_MS,
  LOOK,
  type LogLine,
  MESSAGES_SENT,
  OUTBOX_BYTES,
  type Progress,
  REVOKED,
  SHARED_BYTES,
  type SlotData,
  STARTED,
  startedCount,
  startedMark,
  STARTED_AT,
  type TaskDescription,
  type ToSlot,
} from './messages.js';
import { OutboxReader } from './outbox.js';

export interface SlotEvents {
  ready(slot: Slot, tasks: TaskDescription[]): void;
  /** @param isSpent The thread is of no more use. */
  finished(slot: Slot, outcomes: string[], isSpent: boolean): void;
  lines(slot: Slot, place: number, lines: LogLine[]): void;
  progressed(slot: Slot, place: number, progress: Progress): void;
  unloadable(slot: Slot, reason: string): void;
  /** The thread ended without being told to. */
  died(slot: Slot, detail: string): void;
}

export interface SlotOptions {
  bundle: CompiledBundle;
  memoryMb: number | null;
  describe?: boolean;
}

/** The lane's credentials are the worker's, not the task's. */
const WITHHELD = ['REDIS_USERNAME', 'REDIS_PASSWORD'];

export class Slot {
  private readonly thread: Worker;
  private readonly shared = new SharedArrayBuffer(SHARED_BYTES);
  private readonly cells = new Float64Array(this.shared);
  private readonly counts = new Int32Array(this.shared);
  private readonly outboxMemory = new SharedArrayBuffer(OUTBOX_BYTES);
  private readonly outbox = new OutboxReader(this.outboxMemory, this.counts);
  private batch = 0;
  private messagesHeard = 0;
  private error: (Error & { code?: string }) | null = null;

  constructor(
    private readonly options: SlotOptions,
    private readonly events: SlotEvents,
  ) {
    const { bundle, memoryMb, describe = false } = options;
    const workerData: SlotData = { bundle, shared: this.shared, outbox: this.outboxMemory, describe };
    this.thread = new Worker(new URL(import.meta.url), {
      workerData,
      env: ownEnvironment(),
      ...(memoryMb === null ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryMb } }),
    });
    this.thread.on('message', (message: FromSlot) => this.hear(message));
    this.thread.on('error', (error: Error) => (this.error = error));
    this.thread.on('exit', (code) => this.events.died(this, this.causeOfDeath(code)));
  }

  /** Only when it has finished its last batch. */
  start(payloads: string[]): void {
    this.outbox.reset();
    this.batch++;
    Atomics.store(this.counts, STARTED, startedMark(this.batch, 0));
    this.thread.postMessage({ batch: this.batch, payloads } satisfies ToSlot);
  }

  /** Asks the task that runs, at this place of the batch, to stop. */
  interrupt(place: number): void {
    this.thread.postMessage({ batch: this.batch, interrupt: place } satisfies ToSlot);
  }

  /** No further job of the batch begins. Answers how many have. */
  revoke(): number {
    return startedCount(Atomics.or(this.counts, STARTED, REVOKED));
  }

  /** Nothing is heard of this slot any more. */
  end(): void {
    this.thread.removeAllListeners();
    this.thread.on('error', () => {});
    void this.thread.terminate();
  }

  /** The outcomes that are new; none while the outbox may be ahead of messages on their way, the last of which brings us here again. */
  takeNew(): string[] {
    const isAllHeard = this.messagesHeard === Atomics.load(this.counts, MESSAGES_SENT);
    return isAllHeard ? this.outbox.take() : [];
  }

  /** How many jobs of the batch have begun. */
  get started(): number {
    return startedCount(Atomics.load(this.counts, STARTED));
  }

  /** Of the job that began last, by `monotonicMs`. */
  get startedAt(): number {
    return this.cells[STARTED_AT] ?? 0;
  }

  get hardLimitMs(): number {
    return this.cells[HARD_LIMIT_MS] ?? 0;
  }

  get busyMs(): number {
    return this.cells[BUSY_MS] ?? 0;
  }

  get droppedLines(): number {
    return this.cells[DROPPED_LINES] ?? 0;
  }

  private hear(message: FromSlot): void {
    this.messagesHeard++;
    if (message === LOOK) return this.events.finished(this, this.takeNew(), false);
    switch (message.kind) {
      case 'ready':
        return this.events.ready(this, message.tasks);
      case 'lines':
        return this.events.lines(this, message.place, message.lines);
      case 'progress':
        return this.events.progressed(this, message.place, message.progress);
      case 'spent':
        return this.events.finished(this, [...this.outbox.take(), message.outcome], true);
      case 'outcome':
        return this.events.finished(this, [...this.outbox.take(), message.outcome], false);
      case 'unloadable':
        return this.events.unloadable(this, message.reason);
    }
  }

  private causeOfDeath(code: number): string {
    if (this.error?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      const { memoryMb } = this.options;
      return memoryMb === null ? 'out of memory' : `out of memory (${memoryMb} MB a slot, TASKSMITH_SLOT_MEMORY_MB)`;
    }
    return this.error === null ? `exit code ${code}` : `${this.error.name}: ${this.error.message}`;
  }
}

function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !WITHHELD.includes(name)));
}
