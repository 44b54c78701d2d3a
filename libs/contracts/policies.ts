/** What a task promises and demands of its runs. Defaults are here and nowhere else. */
import { z } from 'zod';

export const Backoff = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('fixed'), delayMs: z.number().int().min(0) }),
  z.object({
    kind: z.literal('exponential'),
    delayMs: z.number().int().min(1),
    maxDelayMs: z.number().int().min(1).default(60_000),
  }),
]);
export type Backoff = z.infer<typeof Backoff>;

const count = z.number().int().min(1).max(100);
const limitMs = z.number().int().min(10).max(86_400_000);

const shapes = {
  /** Tries in all when the task raises; 1 means no retry. */
  maxAttempts: count,
  /** Tries in all when a worker is lost or crashes, counted apart from errors. */
  maxCrashes: count,
  backoff: Backoff,
  /** After this long the task gets an exception that it can catch. */
  softLimitMs: limitMs,
  /** After this long the task is killed. */
  hardLimitMs: limitMs,
  /** Whether a run that hit a time limit is tried again, within maxAttempts. */
  retryTimeouts: z.boolean(),
};

export const RunPolicies = z.object({
  maxAttempts: shapes.maxAttempts.default(1),
  maxCrashes: shapes.maxCrashes.default(3),
  backoff: shapes.backoff.default({ kind: 'exponential', delayMs: 1_000, maxDelayMs: 60_000 }),
  softLimitMs: shapes.softLimitMs.default(300_000),
  hardLimitMs: shapes.hardLimitMs.default(600_000),
  retryTimeouts: shapes.retryTimeouts.default(false),
});
export type RunPolicies = z.infer<typeof RunPolicies>;

/** Policies as a caller writes them: every member may be left out, and stays out. Not `RunPolicies.partial()`, which fills in the defaults. */
export const RunPoliciesInput = z.object(shapes).partial();
export type RunPoliciesInput = z.infer<typeof RunPoliciesInput>;

export const DEFAULT_PRIORITY = 4;
export const Priority = z.number().int().min(0).max(9);
