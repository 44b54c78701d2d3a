/** Runs a task and answers at once. */
import { z } from 'zod';
import { isRefused, type Moment, type Refused } from '#contracts';
import { args, kwargs, priority, queue } from '../catalogue/arguments.js';
import { answer, defineTool, runsCode, type ToolAnswer, type ToolContext } from '../catalogue/index.js';
import { iso } from './iso.js';
import { sentShape, type TaskCall } from './trigger-task.tool.js';

export const sendTaskTool = defineTool({
  name: 'send_task',
  title: 'Start a task',
  description: 'Starts a task and answers at once with a task_id. Use it for long work and for many calls.',
  action: 'run',
  annotations: runsCode,
  input: z.strictObject({
    task_name: z.string(),
    args,
    kwargs,
    queue,
    priority,
    idempotency_key: z.string().min(1).max(255).optional().describe('the same key gives the same run'),
    eta: z.iso.datetime({ offset: true }).optional().describe('not before this moment, ISO 8601'),
    countdown: z.number().min(0).max(31_536_000).optional().describe('not before so many seconds from now'),
  }),
  output: z.object(sentShape),
  run: sendTask,
});

export interface DeferredCall extends TaskCall {
  idempotency_key?: string | undefined;
  eta?: string | undefined;
  countdown?: number | undefined;
}

export async function sendTask(
  call: DeferredCall,
  { caller, parts, words }: ToolContext,
): Promise<ToolAnswer | Refused> {
  const { task_name: task, args, kwargs, queue, priority, idempotency_key: idempotencyKey } = call;
  const notBefore = earliest(call, parts.clock.now());
  const started = await parts.runs.start(caller, { task, args, kwargs, queue, priority, idempotencyKey, notBefore });
  if (isRefused(started)) return started;
  const when = notBefore === undefined ? '' : ` It starts at ${iso(notBefore)} or later.`;
  const again = started.repeated ? ' This idempotency key had started it before.' : '';
  return answer({
    task_id: started.runId,
    task_name: started.task,
    queue: started.queue,
    status: 'SENT',
    message: `${started.task} was sent.${again}${when} Call ${words.result} with the task_id for its result.`,
  });
}

function earliest({ eta, countdown }: DeferredCall, now: Moment): Moment | undefined {
  if (eta !== undefined) return Date.parse(eta);
  return countdown === undefined || countdown === 0 ? undefined : now + Math.round(countdown * 1_000);
}
