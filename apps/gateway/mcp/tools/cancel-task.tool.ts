/** Cancels a run. */
import { z } from 'zod';
import { CancelRun, isRefused } from '#contracts';
import { taskId } from '../catalogue/arguments.js';
import { answer, defineTool, destroys } from '../catalogue/index.js';
import { taskStatusOf } from './run-status.js';

export const cancelTaskTool = defineTool({
  name: 'cancel_task',
  title: 'Cancel a run',
  description: 'Cancels a run: a waiting one at once; a running one is asked to stop, then killed.',
  action: 'run',
  annotations: destroys,
  input: z.strictObject({ task_id: taskId, reason: z.string().max(1_000).optional() }),
  output: z.object({ success: z.boolean(), task_id: z.string(), status: z.string(), message: z.string() }),
  run: async ({ task_id: runId, reason }, { caller, parts }) => {
    const run = await parts.requester.request(CancelRun, { actor: caller.actor, runId, reason: reason ?? null });
    if (isRefused(run)) return run;
    const status = taskStatusOf(run);
    const message =
      status === 'REVOKED' ? `${run.task} was cancelled.` : `${run.task} was asked to stop; see get_task_result.`;
    return answer({ task_id: run.runId, status, message });
  },
});
