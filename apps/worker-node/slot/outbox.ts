/** The outcomes of a batch in shared memory: the slot's thread writes, the worker reads what is new. */
import { OUTBOX_END } from './messages.js';

const LINE_FEED = 10;
/** The most bytes that UTF-8 needs for one unit of a string's length. */
const WIDEST = 3;

export class OutboxWriter {
  private readonly bytes: Buffer;
  private end = 0;
  private isFull = false;

  constructor(
    outbox: SharedArrayBuffer,
    private readonly counts: Int32Array,
  ) {
    this.bytes = Buffer.from(outbox);
  }

  /** False when there is no room; then there is none for the rest of the batch, so that outcomes keep their order. */
  add(outcome: string): boolean {
    this.isFull ||= this.end + outcome.length * WIDEST + 1 > this.bytes.length;
    if (this.isFull) return false;
    this.end += this.bytes.write(outcome, this.end);
    this.bytes[this.end++] = LINE_FEED;
    Atomics.store(this.counts, OUTBOX_END, this.end);
    return true;
  }

  /** For a new batch. The reader has done the same. */
  reset(): void {
    this.end = 0;
    this.isFull = false;
  }
}

export class OutboxReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(
    outbox: SharedArrayBuffer,
    private readonly counts: Int32Array,
  ) {
    this.bytes = Buffer.from(outbox);
  }

  /** The outcomes since the last time. JSON holds no line feed, so they part easily. */
  take(): string[] {
    const end = Atomics.load(this.counts, OUTBOX_END);
    if (end === this.at) return [];
    const outcomes = this.bytes.toString('utf8', this.at, end - 1).split('\n');
    this.at = end;
    return outcomes;
  }

  reset(): void {
    this.at = 0;
    Atomics.store(this.counts, OUTBOX_END, 0);
  }
}
