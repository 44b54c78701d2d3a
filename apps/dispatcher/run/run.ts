/** The state of a run, as far as decisions need it. Arguments and results stay in the log. */
import { type Lane, type Moment, type RunPolicies, type RunStatus } from '#contracts';

export interface Run {
  /** `absent` before the first event. */
  readonly status: RunStatus | 'absent';
  readonly lane: Lane;
  readonly priority: number;
  readonly policies: RunPolicies;
  /** Inbox of the gateway that waits for the outcome. */
  readonly waiter: string | null;
  /** The next attempt may not start before this moment. */
  readonly notBefore: Moment | null;
  /** The attempt under way or last started; 0 before the first. */
  readonly attempt: number;
  /** The last attempt whose end is recorded. */
  readonly ended: number;
  /** Attempts that ended in an error of the task. */
  readonly errors: number;
  /** Attempts that ended because a worker crashed or was lost. */
  readonly crashes: number;
  readonly cancel: { readonly by: string; readonly reason: string | null } | null;
  /** Attempts for which a late outcome is on record. */
  readonly ignored: readonly number[];
}

export function isFinished({ status }: Run): boolean {
  return status !== 'absent' && status !== 'waiting' && status !== 'running';
}

/** The attempt that a worker may run now: the one under way, or the next when the run waits. */
export function currentAttempt(run: Run): number {
  return run.status === 'waiting' ? run.attempt + 1 : run.attempt;
}
