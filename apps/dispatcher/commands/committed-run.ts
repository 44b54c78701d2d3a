/** What was written of a run, for those who act on it. */
import { type AwaitedRun, type RunEvent, type RunId } from '#contracts';
import { type Run } from '../run/run.js';

export interface CommittedRun {
  readonly runId: RunId;
  /** As it is after the events. */
  readonly run: Run;
  /** Empty when the commands changed nothing. */
  readonly events: readonly RunEvent[];
  /** The same as callers see it; kept only for a run that somebody waits for. */
  readonly view: AwaitedRun | null;
  /** Its first job is in the queue already. */
  readonly isPushed?: boolean;
}

/** Acts on what was committed, at once. What it fails to do is found and done later by a clock, so it never throws. */
export interface RunReactor {
  react(committed: readonly CommittedRun[]): void;
}
