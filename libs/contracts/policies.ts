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

export const RunPolicies = z.object({
  /** Tries in all when the task raises; 1 means no retry. */
  maxAttempts: z.number().int().min(1).max(100).default(1),
  /** Tries in all when a worker is lost or crashes, counted apart from errors. */
  maxCrashes: z.number().int().min(1).max(100).default(3),
  backoff: Backoff.default({ kind: 'exponential', delayMs: 1_000, maxDelayMs: 60_000 }),
  /** After this long the task gets an exception that it can catch. */
  softLimitMs: z.number().int().min(10).max(86_400_000).default(300_000),
  /** After this long the task is killed. */
  hardLimitMs: z.number().int().min(10).max(86_400_000).default(600_000),
  /** Whether a run that hit a time limit is tried again, within maxAttempts. */
  retryTimeouts: z.boolean().default(false),
});
export type RunPolicies = z.infer<typeof RunPolicies>;

/** Policies as a caller writes them: every member may be left out. */
export const RunPoliciesInput = RunPolicies.partial();
export type RunPoliciesInput = z.input<typeof RunPoliciesInput>;

export const DEFAULT_PRIORITY = 4;
export const Priority = z.number().int().min(0).max(9);
