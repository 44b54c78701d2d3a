/**
 * Waits for a run as long as a client is patient.
 * Meanwhile the client hears how far the run is, at least every five seconds; if it takes its call back, the run is cancelled.
 */
import { CancelRun, GetRun, isRefused, type Refused, type RunId, type RunView } from '#contracts';
import { CalledOff, type ToolContext } from '../catalogue/index.js';

export const DEFAULT_WAIT_MS = 20_000;
/** Clients give up after about a minute. */
export const MAX_WAIT_MS = 45_000;
const HEARTBEAT_MS = 5_000;
const LOOK_MS = 1_000;

/** `timeout` is in seconds, as agents know it from Celery. More than the most is the most. */
export function waitMsOf({ wait_ms, timeout }: { wait_ms?: number | undefined; timeout?: number | undefined }): number {
  return Math.min(MAX_WAIT_MS, wait_ms ?? (timeout === undefined ? DEFAULT_WAIT_MS : timeout * 1_000));
}

export async function followRun(
  runId: RunId,
  waitMs: number,
  context: ToolContext,
): Promise<RunView | 'unfinished' | Refused> {
  const stopTelling = context.progress && tellProgress(runId, context, context.progress);
  try {
    const run = await context.parts.runs.waitFor(runId, waitMs, context.signal);
    if (context.signal.reason instanceof CalledOff) await cancelRun(runId, context);
    return run;
  } finally {
    stopTelling?.();
  }
}

async function cancelRun(runId: RunId, { caller, parts }: ToolContext): Promise<void> {
  const cancelled = await parts.requester.request(CancelRun, {
    actor: caller.actor,
    runId,
    reason: 'the client took its call back',
  });
  if (isRefused(cancelled)) parts.logger.debug({ runId, code: cancelled.refusal.code }, 'a run was not cancelled');
}

/** Steps: look at the run every second; tell what is new of it, and every five seconds that it goes on. */
function tellProgress(runId: RunId, { parts }: ToolContext, tell: NonNullable<ToolContext['progress']>): () => void {
  const since = performance.now();
  let toldAt = since;
  let told = '';
  let looking = false;
  const look = async (): Promise<void> => {
    const run = await parts.requester.request(GetRun, { runId });
    const progress = isRefused(run) ? null : run.progress;
    const now = performance.now();
    const news = JSON.stringify(progress);
    if (news === told || (progress === null && told === '')) {
      if (now - toldAt < HEARTBEAT_MS - LOOK_MS / 2) return;
    }
    told = news;
    toldAt = now;
    const state = isRefused(run) ? 'unknown' : run.status;
    tell(progress?.fraction ?? null, progress?.message ?? `${state} for ${Math.round((now - since) / 1_000)} s`);
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look()
      .catch((error: unknown) => parts.logger.debug({ err: error, runId }, 'looking at a run failed'))
      .finally(() => (looking = false));
  }, LOOK_MS);
  return () => clearInterval(timer);
}
