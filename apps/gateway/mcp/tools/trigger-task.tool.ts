/** Runs a task and waits for its result. */
import { z } from 'zod';
import { GetRun, isRefused, type Json, type Refused } from '#contracts';
import { args, kwargs, priority, queue } from '../catalogue/arguments.js';
import { defineTool, runsCode, type ToolAnswer, type ToolContext } from '../catalogue/index.js';
import { followRun, waitMsOf } from './follow-run.js';
import { pendingAnswer, runAnswer } from './run-answers.js';

export interface TaskCall {
  task_name: string;
  args?: Json[] | undefined;
  kwargs?: Record<string, Json> | undefined;
  queue?: string | undefined;
  priority?: number | undefined;
  timeout?: number | undefined;
  wait_ms?: number | undefined;
}

const named = {
  success: z.boolean(),
  task_id: z.string(),
  task_name: z.string(),
  queue: z.string(),
  status: z.string(),
};
export const outcomeShape = { ...named, result: z.unknown(), message: z.string() };
export const sentShape = { ...named, message: z.string() };

export const triggerTaskTool = defineTool({
  name: 'trigger_task',
  title: 'Run a task and wait',
  description:
    'Runs a task and waits for its result. A run that takes longer answers status PENDING or STARTED and a task_id for get_task_result.',
  action: 'run',
  annotations: runsCode,
  input: z.strictObject({
    task_name: z.string(),
    args,
    kwargs,
    queue,
    priority,
    timeout: z.number().min(0).optional().describe('seconds to wait; default 20, at most 45'),
    wait_ms: z.number().min(0).optional().describe('the same in ms'),
  }),
  output: z.object(outcomeShape),
  run: triggerTask,
});

export async function triggerTask(call: TaskCall, context: ToolContext): Promise<ToolAnswer | Refused> {
  const { runs, requester } = context.parts;
  const { task_name: task, args, kwargs, queue, priority } = call;
  const waitMs = waitMsOf(call);
  const started = await runs.start(context.caller, { task, args, kwargs, queue, priority, wait: waitMs > 0 });
  if (isRefused(started)) return started;
  const waited = waitMs > 0 ? await followRun(started.runId, waitMs, context) : 'unfinished';
  const run = waited === 'unfinished' ? await requester.request(GetRun, { runId: started.runId }) : waited;
  // The run is in the log whatever became of the waiting: its caller must get the id.
  return isRefused(run) ? pendingAnswer(started, context.words) : runAnswer(run, context.words);
}
