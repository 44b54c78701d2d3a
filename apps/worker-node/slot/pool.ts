/** The slots of the worker: gives jobs to idle ones, ends those whose time is over, replaces those that end. */
import { type ClaimedJob } from '../redis/lane.js';
import { nextDepth } from './batch-depth.js';
import { monotonicMs } from './clock.js';
import { type LogLine, type Progress } from './messages.js';
import { cancelled, crashed, timedOut } from './outcome.js';
import { droppedNotice } from './output.js';
import { Slot, type SlotEvents, type SlotOptions } from './slot.js';

export interface PoolEvents {
  /** A slot has become free. */
  free(): void;
  finished(jobId: string, outcome: string): void;
  /** These jobs did not begin, or nobody can tell how they ended: they are to wait again. */
  handedBack(jobIds: string[]): void;
  lines(jobId: string, lines: LogLine[]): void;
  progressed(jobId: string, progress: Progress): void;
  unloadable(reason: string): void;
}

interface GivenJob {
  id: string;
  interruptedAt: number | null;
  /** What happens to the outcome: that of a lost or handed back job goes nowhere. */
  isReported: boolean;
}

/** The jobs that a slot was given together: `jobs[0]` is the first without an outcome, `ended` have one. */
interface GivenBatch {
  jobs: GivenJob[];
  ended: number;
  heardOfAt: number;
}

const INTERRUPT_GRACE_MS = 2_000;
const SWEEP_MS = 50;
/** A job that takes this long holds up those behind it: they are handed back. */
const HOLD_UP_MS = 20;
/** A thread begins its next job at once; one that does not is kept from it by what an earlier job left behind. */
const STUCK_MS = 5_000;

export class SlotPool implements SlotEvents {
  private readonly loading = new Set<Slot>();
  private readonly idle: Slot[] = [];
  private readonly running = new Map<Slot, GivenBatch>();
  private depth = 1;
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

  /** How many jobs the free slots can take. */
  get room(): number {
    return this.idle.length * this.depth;
  }

  get busy(): number {
    return this.running.size;
  }

  get jobIds(): string[] {
    return [...this.running.values()].flatMap(({ jobs }) =>
      jobs.filter(({ isReported }) => isReported).map(({ id }) => id),
    );
  }

  /** Wakes as few threads as the depth allows; what there is no slot for, because one died meanwhile, is handed back. */
  start(jobs: ClaimedJob[]): void {
    let at = 0;
    while (at < jobs.length && this.idle.length > 0) {
      const end = at + this.depth;
      this.give(this.idle.pop()!, jobs.slice(at, end));
      at = end;
    }
    if (at < jobs.length) this.events.handedBack(jobs.slice(at).map(({ id }) => id));
  }

  /** The task is asked to stop, and ended when it does not. */
  cancel(jobIds: readonly string[]): void {
    this.stop(jobIds, { isReported: true });
  }

  /** As `cancel`, but nobody wants to know the outcome. */
  abandon(jobIds: readonly string[]): void {
    this.stop(jobIds, { isReported: false });
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

  finished(slot: Slot, outcomes: string[], isSpent: boolean): void {
    const batch = this.running.get(slot);
    if (!batch) return;
    batch.heardOfAt = monotonicMs();
    for (const outcome of outcomes) this.settle(batch, outcome);
    if (isSpent) this.giveUp(slot, batch);
    else if (batch.jobs.length === 0) this.free(slot, batch);
  }

  lines(slot: Slot, place: number, lines: LogLine[]): void {
    const job = this.jobAt(slot, place);
    if (job?.isReported) this.events.lines(job.id, lines);
  }

  progressed(slot: Slot, place: number, progress: Progress): void {
    const job = this.jobAt(slot, place);
    if (job?.isReported) this.events.progressed(job.id, progress);
  }

  unloadable(_slot: Slot, reason: string): void {
    this.events.unloadable(reason);
  }

  died(slot: Slot, detail: string): void {
    if (this.loading.has(slot))
      return this.events.unloadable(`the bundle ended its thread while it was loaded: ${detail}`);
    const batch = this.running.get(slot);
    if (batch) this.giveUp(slot, batch, crashed(detail, monotonicMs() - slot.startedAt));
    else this.replace(slot);
  }

  private add(): void {
    if (!this.isClosed) this.loading.add(new Slot(this.options, this));
  }

  private give(slot: Slot, claimed: ClaimedJob[]): void {
    const jobs = claimed.map(({ id }) => ({ id, interruptedAt: null, isReported: true }));
    this.running.set(slot, { jobs, ended: 0, heardOfAt: monotonicMs() });
    slot.start(claimed.map(({ payload }) => payload));
  }

  private jobAt(slot: Slot, place: number): GivenJob | undefined {
    const batch = this.running.get(slot);
    return batch?.jobs[place - batch.ended];
  }

  private settle(batch: GivenBatch, outcome: string): void {
    const job = batch.jobs.shift();
    batch.ended++;
    if (job?.isReported) this.events.finished(job.id, outcome);
  }

  private free(slot: Slot, batch: GivenBatch): void {
    this.depth = nextDepth(this.depth, { jobs: batch.ended, busyMs: slot.busyMs });
    this.running.delete(slot);
    this.idle.push(slot);
    this.events.free();
  }

  /** Ends the slot, with `outcome` for the job that was running; those that had not begun are to wait again. */
  private giveUp(slot: Slot, batch: GivenBatch, outcome?: string): void {
    const started = slot.revoke();
    for (const earlier of slot.takeNew()) this.settle(batch, earlier);
    const current = outcome !== undefined && batch.ended < started ? batch.jobs[0] : undefined;
    if (current?.isReported) this.events.lines(current.id, droppedNotice(slot.droppedLines));
    if (current) this.settle(batch, outcome!);
    this.handBack(batch.jobs);
    this.depth = 1;
    this.running.delete(slot);
    this.replace(slot);
  }

  private handBack(jobs: GivenJob[]): void {
    const ids = jobs.filter(({ isReported }) => isReported).map(({ id }) => id);
    if (ids.length > 0) this.events.handedBack(ids);
  }

  /** At once: the old thread may take its time to end. */
  private replace(slot: Slot): void {
    slot.end();
    const index = this.idle.indexOf(slot);
    if (index >= 0) this.idle.splice(index, 1);
    this.add();
  }

  private stop(jobIds: readonly string[], { isReported }: { isReported: boolean }): void {
    for (const [slot, batch] of this.running) {
      const affected = batch.jobs.filter(({ id }) => jobIds.includes(id));
      if (affected.length === 0) continue;
      for (const job of affected) job.isReported &&= isReported;
      this.revoke(slot, batch);
      this.interrupt(slot, batch, affected);
    }
  }

  private interrupt(slot: Slot, batch: GivenBatch, affected: GivenJob[]): void {
    const place = slot.started - 1;
    const current = batch.jobs[place - batch.ended];
    if (!current || !affected.includes(current) || current.interruptedAt !== null) return;
    current.interruptedAt = monotonicMs();
    slot.interrupt(place);
  }

  /** What has not begun is handed back; a cancel request for such a job is answered by Redis. */
  private revoke(slot: Slot, batch: GivenBatch): void {
    this.handBack(batch.jobs.splice(Math.max(0, slot.revoke() - batch.ended)));
    if (batch.jobs.length === 0) this.free(slot, batch);
  }

  private sweep(): void {
    const now = monotonicMs();
    for (const [slot, batch] of this.running) this.look(slot, batch, now);
  }

  private look(slot: Slot, batch: GivenBatch, now: number): void {
    for (const outcome of slot.takeNew()) this.settle(batch, outcome);
    if (batch.jobs.length === 0) return this.free(slot, batch);
    const current = batch.ended < slot.started ? batch.jobs[0] : undefined;
    if (!current) {
      if (now - batch.heardOfAt > STUCK_MS) this.giveUp(slot, batch);
      return;
    }
    const elapsedMs = now - slot.startedAt;
    const isStubborn = current.interruptedAt !== null && now - current.interruptedAt >= INTERRUPT_GRACE_MS;
    if (isStubborn) this.giveUp(slot, batch, cancelled(elapsedMs));
    else if (elapsedMs >= slot.hardLimitMs) this.giveUp(slot, batch, timedOut('hard', slot.hardLimitMs, elapsedMs));
    else if (elapsedMs >= HOLD_UP_MS) this.revoke(slot, batch);
  }
}
