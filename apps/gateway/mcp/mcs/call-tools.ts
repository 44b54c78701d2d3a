/** `trigger_celery_task`, `send_celery_task` and `get_celery_result`. */
import { z } from 'zod';
import { args, kwargs, queue, taskId } from '../catalogue/arguments.js';
import { defineTool, reads, runsCode } from '../catalogue/index.js';
import { getTaskResult } from '../tools/get-task-result.tool.js';
import { sendTask } from '../tools/send-task.tool.js';
import { outcomeShape, sentShape, triggerTask } from '../tools/trigger-task.tool.js';

const call = z.strictObject({ task_name: z.string(), args, kwargs, queue });

/** Celery's own name of a task was `mcp_app.{task_name}`. */
const plain = <C extends { task_name: string }>(given: C): C => ({
  ...given,
  task_name: given.task_name.replace(/^mcp_app\./, ''),
});

export const triggerCeleryTaskTool = defineTool({
  name: 'trigger_celery_task',
  title: 'Run a task and wait',
  description:
    'Runs a task and waits up to 20 seconds for its result. A longer run answers PENDING or STARTED and a task_id for get_celery_result.',
  action: 'run',
  annotations: runsCode,
  input: call,
  output: z.object(outcomeShape),
  run: (given, context) => triggerTask(plain(given), context),
});

export const sendCeleryTaskTool = defineTool({
  name: 'send_celery_task',
  title: 'Start a task',
  description: 'Starts a task and answers at once with a task_id for get_celery_result.',
  action: 'run',
  annotations: runsCode,
  input: call,
  output: z.object(sentShape),
  run: (given, context) => sendTask(plain(given), context),
});

export const getCeleryResultTool = defineTool({
  name: 'get_celery_result',
  title: 'Get a result',
  description: 'Status (PENDING, STARTED, RETRY, SUCCESS, FAILURE, REVOKED) and result of a run.',
  action: 'read',
  annotations: reads,
  input: z.strictObject({ task_id: taskId }),
  output: z.object({ ...outcomeShape, error: z.unknown() }),
  run: (given, context) => getTaskResult(given, context),
});
