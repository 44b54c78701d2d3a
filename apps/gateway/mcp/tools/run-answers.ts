/** What is told of a run: while it lasts, when it has a result, and when it has none. */
import { type RunView } from '#contracts';
import { shortText } from '../text/hygiene.js';
import { answer, failure, type ToolAnswer, type Wording } from '../catalogue/index.js';
import { isFinished } from '../../runs/index.js';
import { taskStatusOf } from './run-status.js';

type Ended = 'failed' | 'timed-out' | 'dead-lettered' | 'cancelled';

interface Ending {
  code: string;
  retryable: boolean;
  says: string;
  hint(words: Wording): string;
}

/** Why there is no result. Each code once, with what to do next. */
const endings: Record<Ended, Ending> = {
  failed: {
    code: 'run.failed',
    retryable: false,
    says: 'raised an error',
    hint: () => 'Read the error. Correct the arguments and call again, or correct the code and deploy it again.',
  },
  'timed-out': {
    code: 'run.timed-out',
    retryable: true,
    says: 'took longer than it may',
    hint: () => 'Give it less to do at once, or deploy it with larger softLimitMs and hardLimitMs policies.',
  },
  'dead-lettered': {
    code: 'run.dead-lettered',
    retryable: true,
    says: 'failed on its last attempt',
    hint: ({ seeAttempts, runAgain }) => `${seeAttempts} ${runAgain}`,
  },
  cancelled: {
    code: 'run.cancelled',
    retryable: true,
    says: 'was cancelled',
    hint: ({ runAgain }) => runAgain,
  },
};

/** A run with or without its end. */
export function runAnswer(run: RunView, words: Wording): ToolAnswer {
  if (!isFinished(run)) return unfinishedAnswer(run, words);
  if (run.status === 'succeeded') return resultAnswer(run);
  return endedWithoutResult(run, endings[run.status as Ended], words);
}

function resultAnswer(run: RunView): ToolAnswer {
  return answer({ ...identityOf(run), result: run.result, message: `${run.task} finished.` }, whole(run));
}

function unfinishedAnswer(run: RunView, { askForRun }: Wording): ToolAnswer {
  const status = taskStatusOf(run);
  return answer({
    ...identityOf(run),
    result: null,
    ...progressOf(run),
    message: `${run.task} is ${status}. ${askForRun(run.runId)}`,
  });
}

function endedWithoutResult(run: RunView, { code, retryable, says, hint }: Ending, words: Wording): ToolAnswer {
  const error = run.error && {
    type: run.error.type,
    message: shortText(run.error.message, 4_000),
    ...(run.error.traceback ? { traceback: shortText(run.error.traceback, 8_000) } : {}),
  };
  const because = error ? `: ${error.type}: ${shortText(error.message, 500)}` : '';
  const attempts = run.attempt > 1 ? ` after ${run.attempt} attempts` : '';
  const told = { code, message: `${run.task} ${says}${attempts}${because}`, hint: hint(words), retryable };
  return failure({ ...identityOf(run), result: null, ...told, error }, whole(run));
}

/** While nobody can say more of it than that it is in the log. */
export function pendingAnswer(
  { runId, task, queue }: { runId: string; task: string; queue: string },
  { askForRun }: Wording,
): ToolAnswer {
  const message = `${task} was started. ${askForRun(runId)}`;
  return answer({ task_id: runId, task_name: task, queue, status: 'PENDING', result: null, message });
}

function identityOf(run: RunView) {
  return { task_id: run.runId, task_name: run.task, queue: run.queue, status: taskStatusOf(run) };
}

function progressOf({ progress }: RunView) {
  return progress ? { progress: { ...progress, message: progress.message && shortText(progress.message, 500) } } : {};
}

const whole = ({ runId }: RunView) => ({
  whole: `The whole is in the resource tasksmith://runs/${runId}/events and at GET /api/v1/runs/${runId}.`,
});
