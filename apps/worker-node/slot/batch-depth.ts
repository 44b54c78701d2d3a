/**
 * How many jobs a free slot takes at one time.
 *
 * One, unless jobs are tiny: then waking the thread and asking Redis cost more than the job, and a batch shares both. A batch is meant to take
 * a millisecond, so what waits in it waits hardly longer than for a thread to wake; whatever is held up longer is handed back.
 */
export const DEEPEST = 64;
const BATCH_MS = 1;

export function nextDepth(depth: number, { jobs, busyMs }: { jobs: number; busyMs: number }): number {
  if (jobs === 0) return depth;
  const fitting = Math.floor((BATCH_MS * jobs) / busyMs);
  return Math.max(1, Math.min(fitting, depth * 2, DEEPEST));
}
