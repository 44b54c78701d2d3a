/** When a failed attempt is followed by another one, and after how long. */
import { type Backoff, type RunPolicies } from '#contracts';

export interface Tries {
  /** Attempts that ended in this way, this one included. */
  readonly failed: number;
  /** 0 to 1: spreads retries of runs that failed together. */
  readonly chance: number;
}

/** Null when the attempts are used up. */
export function retryDelayAfterError({ maxAttempts, backoff }: RunPolicies, tries: Tries): number | null {
  return tries.failed >= maxAttempts ? null : backoffDelay(backoff, tries);
}

/** A lost worker says nothing about the task, so the run goes to another one at once; a crash backs off like an error. */
export function retryDelayAfterCrash(
  { maxCrashes, backoff }: RunPolicies,
  reason: 'crashed' | 'worker-lost',
  tries: Tries,
): number | null {
  if (tries.failed >= maxCrashes) return null;
  return reason === 'worker-lost' ? 0 : backoffDelay(backoff, tries);
}

/** Exponential: delay x 2^(failed - 1), at most maxDelayMs, of which the upper half is left to chance. */
export function backoffDelay(backoff: Backoff, { failed, chance }: Tries): number {
  if (backoff.kind === 'fixed') return backoff.delayMs;
  const full = Math.min(backoff.delayMs * 2 ** (failed - 1), backoff.maxDelayMs);
  return Math.round(full / 2 + (full / 2) * chance);
}
