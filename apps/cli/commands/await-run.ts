/** Waits for a run as a person sees it: progress on stderr, the result on stdout, the exit code that fits. */
import { type Context } from '../context/context.js';
import { onInterrupt } from '../context/interruption.js';
import { type ProgressBar } from '../output/progress-bar.js';
import { type Run, waitForRun } from '../platform/wait-for-run.js';
import { duration } from '../output/values.js';

export const DEFAULT_TIMEOUT_MS = 300_000;

export async function awaitRun(context: Context, runId: string, timeoutMs: number): Promise<void> {
  const interrupt = onInterrupt();
  let bar: ProgressBar | undefined;
  const onLook = ({ status, progress }: Run) => {
    bar ??= announceWaiting(context, runId);
    bar.to((progress?.fraction ?? 0) * 100, [status, progress?.message].filter(Boolean).join(': '));
  };
  const outcome = await waitForRun(context, { runId, timeoutMs, signal: interrupt.signal, onLook }).finally(() =>
    bar?.end(),
  );
  interrupt.release();

  const resume = `It goes on. To wait for it again: tasksmith result ${runId} --wait`;
  if (outcome === 'interrupted') {
    context.out.note(`\nDetached from run ${runId}. ${resume}`);
    return context.exitWith('interrupted');
  }
  if (outcome === 'timeout') {
    context.out.error(`Run ${runId} has not finished within ${duration(timeoutMs)}.`, resume);
    return context.exitWith('timeout');
  }
  showFinished(context, outcome);
}

/** For a run that is not over at the first look: its id, so that it can be found again, and a bar. */
function announceWaiting({ out }: Context, runId: string): ProgressBar {
  out.note(`Waiting for run ${runId}; Ctrl-C lets it go on alone.`);
  return out.progress(100, `run ${runId}`);
}

/** A failed run is exit code 5, with the same document on stdout as a good one when a document was asked for. */
export function showFinished({ out, exitWith }: Context, run: Run): void {
  const succeeded = run.status === 'succeeded';
  if (out.format === 'name') out.data(run.runId);
  else if (out.format !== 'table') out.value(run);
  else if (succeeded) out.value(run.result);
  if (succeeded) return;
  const { error, status, runId } = run;
  if (error?.traceback) out.note(error.traceback.trimEnd());
  const what = error ? `${error.type}: ${error.message}` : `no result`;
  out.error(`Run ${runId} ${words[status] ?? status}: ${what}`, `tasksmith logs ${runId}; tasksmith retry ${runId}`);
  exitWith('runFailed');
}

const words: Partial<Record<Run['status'], string>> = {
  failed: 'failed',
  'timed-out': 'ran out of time',
  cancelled: 'was cancelled',
  'dead-lettered': 'failed in every attempt',
};
