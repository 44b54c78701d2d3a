/** Runs a finished run again. */
import { z } from 'zod';
import { isRefused } from '#contracts';
import { taskId } from '../catalogue/arguments.js';
import { answer, defineTool, runsCode } from '../catalogue/index.js';

export const retryTaskTool = defineTool({
  name: 'retry_task',
  title: 'Run again',
  description: 'Runs a finished run again, with the same arguments and the newest code, as a new run.',
  action: 'run',
  annotations: runsCode,
  input: z.strictObject({ task_id: taskId }),
  output: z.object({
    success: z.boolean(),
    task_id: z.string(),
    retry_of: z.string(),
    task_name: z.string(),
    queue: z.string(),
    status: z.string(),
    message: z.string(),
  }),
  run: async ({ task_id: runId }, { caller, parts }) => {
    const started = await parts.runs.retry(caller, runId);
    if (isRefused(started)) return started;
    const { runId: newRun, task, queue } = started;
    const message = `${task} runs again as ${newRun}. Call get_task_result for its result.`;
    return answer({ task_id: newRun, retry_of: runId, task_name: task, queue, status: 'SENT', message });
  },
});
