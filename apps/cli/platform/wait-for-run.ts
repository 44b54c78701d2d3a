/** Waits for a run to finish, a stretch at a time, so that neither the gateway nor a proxy gives up on one long request. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Schemas } from '#client';
import { type Context } from '../context/context.js';
import { CliError } from '../failures.js';

export type Run = Schemas['RunView'];

export interface RunWait {
  runId: string;
  timeoutMs: number;
  signal: AbortSignal;
  onLook: (run: Run) => void;
}

const STRETCH_S = 20;
const FIRST_STRETCH_S = 1;
const RETRY_MS = 1_000;
const unfinished = new Set<Run['status']>(['waiting', 'running']);

export const isFinished = (run: Run): boolean => !unfinished.has(run.status);

export async function waitForRun(context: Context, wait: RunWait): Promise<Run | 'timeout' | 'interrupted'> {
  const deadline = performance.now() + wait.timeoutMs;
  for (let isFirst = true; ; isFirst = false) {
    const left = (deadline - performance.now()) / 1_000;
    const stretch = Math.min(left, isFirst ? FIRST_STRETCH_S : STRETCH_S, wait.signal.aborted ? 0 : Infinity);
    const run = await look(context, wait, stretch);
    if (run && isFinished(run)) return run;
    if (wait.signal.aborted) return 'interrupted';
    if (performance.now() >= deadline) return 'timeout';
    if (run) wait.onLook(run);
    else await pause(RETRY_MS, undefined, { signal: wait.signal }).catch(() => undefined);
  }
}

/** Undefined when the gateway is away: the run goes on without it, so the waiting does, too. */
async function look(context: Context, { runId, signal }: RunWait, seconds: number): Promise<Run | undefined> {
  const headers = seconds > 0 ? { Prefer: `wait=${seconds.toFixed(1)}` } : {};
  try {
    return await context.ask((client) =>
      client.GET('/api/v1/runs/{runId}', { params: { path: { runId } }, headers, signal }),
    );
  } catch (error) {
    if (signal.aborted || (error instanceof CliError && error.exit === 'unavailable')) return undefined;
    throw error;
  }
}
