/**
 * What passes between the worker's own thread and the thread of a slot.
 *
 * Payloads go down as Redis gave them, outcomes come up as Redis gets them. A slot gets a batch of jobs at a time, of one job unless jobs
 * have been tiny lately: waking a thread costs more than a tiny job does. It runs them one after the other.
 *
 * Outcomes come up through shared memory, the outbox, with one message for all that are new: so those of jobs that have ended can be read
 * even while the next job holds the thread, and after the thread has died.
 */
import { type CompiledBundle } from '../bundle/compile.js';
import { type Progress } from './authoring.js';

export interface SlotData {
  bundle: CompiledBundle;
  shared: SharedArrayBuffer;
  outbox: SharedArrayBuffer;
  /** Send the tasks' descriptions with `ready`. */
  describe: boolean;
}

/** Cells of `shared`, as a Float64Array: what the worker must know even of a thread that has stopped listening. */
export const HARD_LIMIT_MS = 0;
export const DROPPED_LINES = 1;
/** When the newest job began, by `monotonicMs`. */
export const STARTED_AT = 2;
/** How long the jobs of this batch have taken, all together. */
export const BUSY_MS = 3;

/**
 * The cells of `shared` after those, as an Int32Array. This one: which batch it is, how many of its jobs have begun, and whether more may.
 * The thread counts by comparing and exchanging, so it can begin nothing of a batch that was revoked, or replaced by the next.
 */
export const STARTED = 8;
export const REVOKED = 1 << 30;
const COUNT_BITS = 16;
const BATCH_BITS = 14;

/** The value of `STARTED` when `count` jobs of the batch have begun. */
export function startedMark(batch: number, count: number): number {
  return ((batch % (1 << BATCH_BITS)) << COUNT_BITS) | count;
}

export function startedCount(mark: number): number {
  return mark % (1 << COUNT_BITS);
}

/** How many bytes of the outbox hold outcomes of this batch, each of them ended by a line feed. */
export const OUTBOX_END = 9;
/** How many messages the thread has sent: until all are heard, the outbox may be ahead of what belongs before it. */
export const MESSAGES_SENT = 10;
export const SHARED_BYTES = 48;
export const OUTBOX_BYTES = 262_144;

/** A job's place in the batch is its name; outcomes come up in the order of places. */
export interface Batch {
  batch: number;
  payloads: string[];
}

export interface Interruption {
  batch: number;
  interrupt: number;
}

export type ToSlot = Batch | Interruption;

export interface LogLine {
  at: number;
  stream: 'stdout' | 'stderr' | 'log';
  text: string;
}

export type { Progress };

export interface TaskDescription {
  name: string;
  description: string;
  parameters: object;
  result: object;
}

export type FromSlot =
  | { kind: 'ready'; tasks: TaskDescription[] }
  | { kind: 'unloadable'; reason: string }
  | { kind: 'lines'; place: number; lines: LogLine[] }
  | { kind: 'progress'; place: number; progress: Progress }
  | Look
  /** An outcome that the outbox has no room for; those after it in the batch come the same way. */
  | { kind: 'outcome'; outcome: string }
  /** The job ended in a way that may have left the thread unfit for another. */
  | { kind: 'spent'; outcome: string };

/** There is something in the outbox. After lines or progress there is always this, or an outcome. */
export type Look = 0;
export const LOOK: Look = 0;
