/**
 * What passes between the worker's own thread and the thread of a slot.
 *
 * Payloads go down as Redis gave them, outcomes come up as Redis gets them. A slot gets a batch of jobs at a time, of one job unless jobs
 * have been tiny lately: waking a thread costs more than a tiny job does. It runs them one after the other.
 */
import { type CompiledBundle } from '../bundle/compile.js';
import { type Progress } from './authoring.js';

export interface SlotData {
  bundle: CompiledBundle;
  shared: SharedArrayBuffer;
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

/** The cell of `shared` after those, as an Int32Array: how many jobs of the batch have begun, and whether more may. */
export const STARTED = 8;
export const REVOKED = 1 << 20;
export const SHARED_BYTES = 40;

/** The jobs' place in the batch is their name: outcomes come up in the same order. */
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
  /** Outcomes, in the order of the batch. */
  | string[]
  | { kind: 'ready'; tasks: TaskDescription[] }
  | { kind: 'unloadable'; reason: string }
  /** Of the first job of the batch that has no outcome yet; so are those of `progress`. */
  | { kind: 'lines'; lines: LogLine[] }
  | { kind: 'progress'; progress: Progress }
  /** The last of these jobs ended in a way that may have left the thread unfit for another. */
  | { kind: 'spent'; outcomes: string[] };
