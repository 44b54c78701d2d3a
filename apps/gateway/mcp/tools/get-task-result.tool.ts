/** Tells what became of a run. */
import { z } from 'zod';
import { GetRun, isRefused, type Refused, type RunId } from '#contracts';
import { taskId } from '../catalogue/arguments.js';
import { defineTool, reads, type ToolAnswer, type ToolContext } from '../catalogue/index.js';
import { runAnswer } from './run-answers.js';
import { MAX_WAIT_MS } from './follow-run.js';
import { outcomeShape } from './trigger-task.tool.js';

export const getTaskResultTool = defineTool({
  name: 'get_task_result',
  title: 'Get a result',
  description: 'Status (PENDING, STARTED, RETRY, SUCCESS, FAILURE, REVOKED) and result of a run.',
  action: 'read',
  annotations: reads,
  input: z.strictObject({
    task_id: taskId,
    wait_ms: z.number().min(0).optional().describe('wait so long for its end, at most 45000; default 0'),
  }),
  output: z.object({ ...outcomeShape, error: z.unknown() }),
  run: getTaskResult,
});

export async function getTaskResult(
  { task_id: runId, wait_ms: waitMs = 0 }: { task_id: RunId; wait_ms?: number | undefined },
  { parts, signal, words }: ToolContext,
): Promise<ToolAnswer | Refused> {
  const waited = waitMs > 0 ? await parts.runs.waitFor(runId, Math.min(waitMs, MAX_WAIT_MS), signal) : 'unfinished';
  const run = waited === 'unfinished' ? await parts.requester.request(GetRun, { runId }) : waited;
  return isRefused(run) ? run : runAnswer(run, words);
}
