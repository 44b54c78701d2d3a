/**
 * How many jobs a free slot takes at one time.
 *
 * One, unless jobs are tiny: then waking the thread and asking Redis cost more than the job, and a batch shares both. What waits in a batch
 * waits a few milliseconds at most; whatever is held up longer is handed back.
 */
export const DEEPEST = 16;
const TINY_MS = 0.5;

export function nextDepth(depth: number, { jobs, busyMs }: { jobs: number; busyMs: number }): number {
  if (jobs === 0) return depth;
  return busyMs / jobs > TINY_MS ? 1 : Math.min(depth * 2, DEEPEST);
}
