/** What can be asked of a run, and what workers and clocks report of it. */
import { type LogLine, type Moment, type RunAcceptance, type RunError, type Json } from '#contracts';

/** How an attempt ended. `lost`: its lease ran out. */
export type AttemptOutcome =
  | { kind: 'succeeded'; result: Json; durationMs: number }
  | { kind: 'failed'; error: RunError; retryable: boolean }
  | { kind: 'timed-out'; limit: 'soft' | 'hard'; limitMs: number }
  | { kind: 'cancelled' }
  | { kind: 'crashed'; detail: string }
  | { kind: 'lost' };

export interface RecordOutcome {
  type: 'RecordOutcome';
  at: Moment;
  attempt: number;
  worker: string;
  outcome: AttemptOutcome;
  /** How long the worker says that the attempt ran; 0 when nobody knows. */
  ranMs: number;
  /** The worker did not hold the lease any more when it reported. */
  late: boolean;
  /** 0 to 1, for the jitter of a retry. */
  chance: number;
}

export interface CancelRun {
  type: 'CancelRun';
  at: Moment;
  by: string;
  reason: string | null;
}

export type RunCommand =
  | { type: 'AcceptRun'; at: Moment; acceptance: RunAcceptance }
  | { type: 'RecordStart'; at: Moment; attempt: number; worker: string }
  | { type: 'RecordProgress'; at: Moment; attempt: number; worker: string; fraction: number; message: string | null }
  | { type: 'RecordLog'; at: Moment; attempt: number; worker: string; lines: LogLine[] }
  | RecordOutcome
  /** Redis has no trace of the job although its attempt is under way. */
  | { type: 'RecordQueueLoss'; at: Moment; attempt: number }
  | CancelRun;
