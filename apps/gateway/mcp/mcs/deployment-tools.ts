/** `stop_deployed_task` and `list_deployed_tasks`. */
import { z } from 'zod';
import { isRefused, ListDeployments } from '#contracts';
import { answer, defineTool, destroys, reads } from '../catalogue/index.js';
import { listedDeployment } from '../tools/deployment-answers.js';
import { whichDeployment } from '../tools/get-deployment.tool.js';
import { stopDeployment } from '../tools/stop-deployment.tool.js';

const gone = new Set(['stopped', 'failed']);

export const stopDeployedTaskTool = defineTool({
  name: 'stop_deployed_task',
  title: 'Stop a deployed task',
  description: 'Stops the worker of a deployed task, named by task_name or deployment_id.',
  action: 'stop',
  annotations: destroys,
  input: z.strictObject(whichDeployment),
  output: z.object({ success: z.boolean(), deployment_id: z.string(), status: z.string(), message: z.string() }),
  run: (given, context) => stopDeployment(given, context),
});

export const listDeployedTasksTool = defineTool({
  name: 'list_deployed_tasks',
  title: 'List deployed tasks',
  description: 'Lists every deployed task with its container.',
  action: 'read',
  annotations: reads,
  input: z.object({}),
  output: z.object({ success: z.boolean(), tasks: z.array(z.unknown()), total_count: z.number(), message: z.string() }),
  run: async (_, { parts }) => {
    const page = await parts.requester.request(ListDeployments, { limit: 500 });
    if (isRefused(page)) return page;
    const tasks = page.items.filter(({ status }) => !gone.has(status)).map(listedDeployment);
    return answer({ tasks, total_count: tasks.length, message: `${tasks.length} deployed tasks.` });
  },
});
