/**
 * The loop of docs/worker-protocol.md section 6, steps 2, 3 and 5. One round:
 *
 * 1. send what was reported, then settle what is finished and claim for every free slot, all in one write;
 * 2. start what was claimed;
 * 3. again, while something is finished or may be waiting;
 * 4. else sleep until a job ends, a slot becomes free, or Redis says that there is work.
 *
 * Only one round is under way at a time: what finishes meanwhile travels together in the next.
 */
import { type Connection } from './redis/connection.js';
import { type JobReport, type Lane, type SettledJob } from './redis/lane.js';
import { Reports } from './reports.js';
import { type LogLine, type Progress } from './slot/messages.js';
import { type SlotPool } from './slot/pool.js';

export interface LoopParts {
  lane: Lane;
  pool: SlotPool;
  waker: Connection;
  /** Jobs were claimed and begin now. */
  onClaimed(): void;
  onTrouble(message: string): void;
}

const PAUSE_AFTER_REFUSAL_MS = 500;

export class Loop {
  private readonly reports = new Reports(() => this.turn());
  private finished: SettledJob[] = [];
  private handedBack: string[] = [];
  private unsentReports: JobReport[] = [];
  private mayHaveWork = true;
  private isClaiming = true;
  private isTurning = false;
  private isWaiting = false;
  private idleWaiters: (() => void)[] = [];

  constructor(private readonly parts: LoopParts) {}

  /** Jobs whose leases must go on: running, or finished and not yet settled. */
  get heldJobIds(): string[] {
    return [...this.parts.pool.jobIds, ...this.finished.map(({ id }) => id)];
  }

  finish(jobId: string, outcome: string): void {
    this.finished.push({ id: jobId, outcome });
    this.turn();
  }

  addLines(jobId: string, lines: LogLine[]): void {
    this.reports.addLines(jobId, lines);
  }

  setProgress(jobId: string, progress: Progress): void {
    this.reports.setProgress(jobId, progress);
  }

  handBack(jobIds: string[]): void {
    this.handedBack.push(...jobIds);
    this.turn();
  }

  stopClaiming(): void {
    this.isClaiming = false;
  }

  /** Resolves once all that finished is settled. */
  async settled(): Promise<void> {
    while (this.isTurning || this.finished.length > 0 || this.handedBack.length > 0)
      await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
  }

  /** Takes a round soon; slots that finish in the same moment share it. */
  turn(): void {
    if (this.isTurning) return;
    this.isTurning = true;
    setImmediate(() => void this.rounds());
  }

  private async rounds(): Promise<void> {
    while (this.hasErrand) await this.round().catch((error: Error) => this.recover(error));
    this.isTurning = false;
    for (const wake of this.idleWaiters.splice(0)) wake();
    if (this.wanted > 0 && !this.isWaiting) void this.waitForWork();
  }

  private get wanted(): number {
    return this.isClaiming ? this.parts.pool.room : 0;
  }

  private get hasErrand(): boolean {
    return (
      this.finished.length > 0 ||
      !this.reports.isEmpty ||
      this.unsentReports.length > 0 ||
      this.handedBack.length > 0 ||
      (this.mayHaveWork && this.wanted > 0)
    );
  }

  private async round(): Promise<void> {
    const asides = Promise.allSettled([this.report(), this.handBackNow()]);
    if (this.finished.length > 0 || this.wanted > 0) await this.settleAndClaim();
    for (const aside of await asides) if (aside.status === 'rejected') throw aside.reason;
  }

  private async settleAndClaim(): Promise<void> {
    const { lane, pool } = this.parts;
    const settled = this.finished.length;
    const want = this.wanted;
    const { claimed } = await lane.work(this.finished.slice(), want);
    this.finished = this.finished.slice(settled);
    this.mayHaveWork = want > 0 && claimed.length === want;
    if (claimed.length === 0) return;
    if (this.isClaiming) {
      pool.start(claimed);
      this.parts.onClaimed();
    } else this.handedBack.push(...claimed.map(({ id }) => id));
  }

  /** Written before the outcomes of the same round, so Redis takes the reports while the jobs are held. */
  private async report(): Promise<void> {
    if (!this.reports.isEmpty) this.unsentReports.push(...this.reports.take());
    if (this.unsentReports.length === 0) return;
    await this.parts.lane.report(this.unsentReports);
    this.unsentReports = [];
  }

  private async handBackNow(): Promise<void> {
    if (this.handedBack.length === 0) return;
    const returned = this.handedBack.splice(0);
    await this.parts.lane.release(returned).catch((error: Error) => {
      this.handedBack.unshift(...returned);
      throw error;
    });
    this.mayHaveWork = true;
  }

  /** Outcomes stay; the connection tries again by itself. */
  private async recover(error: Error): Promise<void> {
    this.mayHaveWork = true;
    if (error.name !== 'ConnectionLost') {
      this.parts.onTrouble(error.message);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_REFUSAL_MS));
    }
    await this.parts.lane.ready();
  }

  private async waitForWork(): Promise<void> {
    this.isWaiting = true;
    await this.parts.lane.wake(this.parts.waker).catch((error: Error) => this.recover(error));
    this.isWaiting = false;
    this.mayHaveWork = true;
    if (this.wanted > 0) this.turn();
  }
}
