/**
 * What passes between the worker's own thread and the thread of a slot.
 *
 * The two that matter for speed are bare strings: a job's payload goes down as Redis gave it, the outcome comes up as Redis gets it.
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
export const SHARED_BYTES = 16;

export type Interruption = { interrupt: 'cancelled' };
export type ToSlot = string | Interruption;

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
  | string
  | { kind: 'ready'; tasks: TaskDescription[] }
  | { kind: 'unloadable'; reason: string }
  | { kind: 'lines'; lines: LogLine[] }
  | { kind: 'progress'; progress: Progress }
  /** The job has ended in a way that may have left the thread unfit for another. */
  | { kind: 'spent'; outcome: string };
