/**
 * Commits together what arrives together: while a batch is on its way, the calls behind it form the next one.
 * Idle, a call leaves at once as a batch of one; under load one commit serves hundreds.
 */
import { LogUnavailable } from './log.js';

export interface Member {
  /** Streams it writes: two members of one stream are never on the way at the same time. */
  readonly streams: readonly string[];
  /** How many places of a batch it takes. */
  readonly size: number;
  readonly bytes: number;
}

export interface GroupCommitOptions<M extends Member, Answer> {
  /** One answer for each member, in order; an error is for that member alone. */
  commit(members: readonly M[]): Promise<(Answer | Error)[]>;
  /** Batches on the way at once. */
  lanes: number;
  /** A batch takes members up to this size and these bytes; one that is larger goes alone. */
  maxSize: number;
  maxBytes: number;
  /** Who has waited this long when a batch fails for want of a database is refused with it. */
  patienceMs: number;
  /** With more than this waiting, whoever comes is refused at the door. */
  maxWaitingSize: number;
}

interface Waiting<M, Answer> {
  member: M;
  since: number;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export class GroupCommit<M extends Member, Answer> {
  private waiting: Waiting<M, Answer>[] = [];
  private waitingSize = 0;
  private readonly busyStreams = new Set<string>();
  private onTheWay = 0;
  private scheduled = false;

  constructor(private readonly options: GroupCommitOptions<M, Answer>) {}

  add(member: M): Promise<Answer> {
    if (this.waitingSize >= this.options.maxWaitingSize)
      return Promise.reject(new LogUnavailable(`${this.waitingSize} appends are waiting already`));
    return new Promise((resolve, reject) => {
      this.waitingSize += member.size;
      this.waiting.push({ member, since: performance.now(), resolve, reject });
      this.schedule();
    });
  }

  /** After the callbacks of this turn of the event loop, so that calls which arrive together leave together. */
  private schedule(): void {
    if (this.scheduled || this.onTheWay >= this.options.lanes) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.dispatch();
    });
  }

  private dispatch(): void {
    while (this.onTheWay < this.options.lanes && this.waiting.length > 0) {
      const batch = this.takeBatch();
      if (batch.length === 0) return;
      void this.send(batch);
    }
  }

  private takeBatch(): Waiting<M, Answer>[] {
    const batch: Waiting<M, Answer>[] = [];
    const left: Waiting<M, Answer>[] = [];
    // Streams of those who have to wait: whoever comes after them for the same stream waits too, so order is kept.
    const blocked = new Set<string>();
    const { maxSize, maxBytes } = this.options;
    let size = 0;
    let bytes = 0;
    let index = 0;
    for (; index < this.waiting.length && size < maxSize; index++) {
      const one = this.waiting[index]!;
      const { streams } = one.member;
      if (batch.length > 0 && (size + one.member.size > maxSize || bytes + one.member.bytes > maxBytes)) break;
      if (streams.some((stream) => this.busyStreams.has(stream) || blocked.has(stream))) {
        for (const stream of streams) blocked.add(stream);
        left.push(one);
        continue;
      }
      for (const stream of streams) this.busyStreams.add(stream);
      size += one.member.size;
      bytes += one.member.bytes;
      batch.push(one);
    }
    this.waitingSize -= size;
    this.waiting = index === this.waiting.length ? left : [...left, ...this.waiting.slice(index)];
    return batch;
  }

  private async send(batch: readonly Waiting<M, Answer>[]): Promise<void> {
    this.onTheWay += 1;
    try {
      const answers = await this.options.commit(batch.map(({ member }) => member));
      batch.forEach(({ resolve, reject }, index) => {
        const answer = answers[index]!;
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
      if (error instanceof LogUnavailable) this.refuseImpatient(error);
    } finally {
      this.onTheWay -= 1;
      for (const { member } of batch) for (const stream of member.streams) this.busyStreams.delete(stream);
      if (this.waiting.length > 0) this.schedule();
    }
  }

  /** Whoever waited behind a batch that timed out must not wait for another time-out. */
  private refuseImpatient(error: LogUnavailable): void {
    const oldest = performance.now() - this.options.patienceMs;
    const refused = this.waiting.filter(({ since }) => since < oldest);
    this.waiting = this.waiting.filter(({ since }) => since >= oldest);
    for (const { member } of refused) this.waitingSize -= member.size;
    for (const { reject } of refused) reject(error);
  }
}
