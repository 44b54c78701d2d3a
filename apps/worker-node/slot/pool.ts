/** The slots of the worker: gives jobs to idle ones, ends those whose time is over, replaces those that end. */
import { type ClaimedJob } from '../redis/lane.js';
import { type LogLine, type Progress } from './messages.js';
import { cancelled, crashed, timedOut } from './outcome.js';
import { Slot, type SlotEvents, type SlotOptions } from './slot.js';

export interface PoolEvents {
  /** A slot has become free. */
  free(): void;
  finished(jobId: string, outcome: string): void;
  lines(jobId: string, lines: LogLine[]): void;
  progressed(jobId: string, progress: Progress): void;
  unloadable(reason: string): void;
}

interface Running {
  job: ClaimedJob;
  startedAt: number;
  interruptedAt: number | null;
  /** What happens to the outcome: a lost or handed back job has none. */
  isReported: boolean;
}

const INTERRUPT_GRACE_MS = 2_000;
const SWEEP_MS = 50;
/** A thread reads its job at once; one that has not is kept from it by what an earlier job left behind. */
const UNREAD_MS = 1_000;

export class SlotPool implements SlotEvents {
  private readonly loading = new Set<Slot>();
  private readonly idle: Slot[] = [];
  private readonly running = new Map<Slot, Running>();
  private sweeper: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly size: number,
    private readonly options: SlotOptions,
    private readonly events: PoolEvents,
  ) {}

  /** One slot first: it shows whether the bundle loads, and the first job need not wait for the others. */
  open(): void {
    this.sweeper = setInterval(() => this.sweep(), SWEEP_MS);
    this.add();
  }

  get free(): number {
    return this.idle.length;
  }

  get busy(): number {
    return this.running.size;
  }

  get jobIds(): string[] {
    return [...this.running.values()].filter(({ isReported }) => isReported).map(({ job }) => job.id);
  }

  /** There must be a free slot. */
  start(job: ClaimedJob): void {
    const slot = this.idle.pop()!;
    this.running.set(slot, { job, startedAt: performance.now(), interruptedAt: null, isReported: true });
    slot.start(job.payload);
  }

  /** The task is asked to stop, and ended when it does not. */
  cancel(jobIds: readonly string[]): void {
    for (const [slot, running] of this.runningOf(jobIds)) this.interrupt(slot, running);
  }

  /** As `cancel`, but nobody wants to know the outcome. */
  abandon(jobIds: readonly string[]): void {
    for (const [slot, running] of this.runningOf(jobIds)) {
      running.isReported = false;
      this.interrupt(slot, running);
    }
  }

  /** Ends every slot. */
  close(): void {
    this.isClosed = true;
    clearInterval(this.sweeper);
    for (const slot of [...this.loading, ...this.idle, ...this.running.keys()]) slot.end();
    this.running.clear();
  }

  ready(slot: Slot): void {
    this.loading.delete(slot);
    this.idle.push(slot);
    while (this.loading.size + this.idle.length + this.running.size < this.size) this.add();
    this.events.free();
  }

  finished(slot: Slot, outcome: string, isSpent: boolean): void {
    if (isSpent) this.replace(slot);
    this.settle(slot, outcome);
    if (!isSpent) this.idle.push(slot);
    this.events.free();
  }

  lines(slot: Slot, lines: LogLine[]): void {
    const running = this.running.get(slot);
    if (running?.isReported) this.events.lines(running.job.id, lines);
  }

  progressed(slot: Slot, progress: Progress): void {
    const running = this.running.get(slot);
    if (running?.isReported) this.events.progressed(running.job.id, progress);
  }

  unloadable(_slot: Slot, reason: string): void {
    this.events.unloadable(reason);
  }

  died(slot: Slot, detail: string): void {
    if (this.loading.has(slot))
      return this.events.unloadable(`the bundle ended its thread while it was loaded: ${detail}`);
    const running = this.running.get(slot);
    this.replace(slot);
    if (running) this.settle(slot, crashed(detail, performance.now() - running.startedAt));
  }

  private add(): void {
    if (!this.isClosed) this.loading.add(new Slot(this.options, this));
  }

  /** At once: the old thread may take its time to end. */
  private replace(slot: Slot): void {
    slot.end();
    const index = this.idle.indexOf(slot);
    if (index >= 0) this.idle.splice(index, 1);
    this.add();
  }

  private settle(slot: Slot, outcome: string): void {
    const running = this.running.get(slot);
    if (!running) return;
    this.running.delete(slot);
    if (!running.isReported) return;
    const dropped = slot.droppedLines;
    if (dropped > 0) this.events.lines(running.job.id, [droppedNotice(dropped)]);
    this.events.finished(running.job.id, outcome);
  }

  private sweep(): void {
    const now = performance.now();
    for (const [slot, running] of this.running) {
      const outcome = verdict(slot, running, now);
      if (outcome === null) continue;
      this.replace(slot);
      this.settle(slot, outcome);
    }
  }

  private interrupt(slot: Slot, running: Running): void {
    if (running.interruptedAt !== null) return;
    running.interruptedAt = performance.now();
    slot.interrupt();
  }

  private runningOf(jobIds: readonly string[]): [Slot, Running][] {
    return [...this.running].filter(([, { job }]) => jobIds.includes(job.id));
  }
}

/** The outcome of a job whose time is over, else null. */
function verdict(slot: Slot, { job, startedAt, interruptedAt }: Running, now: number): string | null {
  if (interruptedAt !== null && now - interruptedAt >= INTERRUPT_GRACE_MS) return cancelled(now - startedAt);
  const elapsedMs = now - startedAt;
  const limitMs = slot.hardLimitMs ?? (elapsedMs > UNREAD_MS ? hardLimitOf(job) : Infinity);
  return elapsedMs >= limitMs ? timedOut('hard', limitMs, elapsedMs) : null;
}

function hardLimitOf({ payload }: ClaimedJob): number {
  return (JSON.parse(payload) as { hardLimitMs: number }).hardLimitMs;
}

function droppedNotice(count: number): LogLine {
  return { at: Date.now(), stream: 'log', text: `${count} more lines were dropped` };
}
