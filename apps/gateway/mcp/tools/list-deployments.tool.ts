/** Lists deployments, the newest first. */
import { z } from 'zod';
import { DeploymentStatus, isRefused, ListDeployments, refuse } from '#contracts';
import { cursor, limit } from '../catalogue/arguments.js';
import { answer, defineTool, reads } from '../catalogue/index.js';
import { listedDeployment } from './deployment-answers.js';

export const listDeploymentsTool = defineTool({
  name: 'list_deployments',
  title: 'List deployments',
  description: 'Lists deployments, the newest first.',
  action: 'read',
  annotations: reads,
  input: z.strictObject({
    status: z.string().optional().describe('e.g. active, failed, stopped'),
    task_name: z.string().optional(),
    queue: z.string().optional(),
    limit: limit.optional().describe('default 20'),
    cursor,
  }),
  output: z.object({ success: z.boolean(), deployments: z.array(z.unknown()), next: z.unknown(), message: z.string() }),
  run: async ({ status: asked, task_name: task, queue, limit: most = 20, cursor: from }, { parts }) => {
    const status = asked === undefined ? undefined : DeploymentStatus.safeParse(asked.toLowerCase()).data;
    if (asked !== undefined && status === undefined) return unknownStatus(asked);
    const page = await parts.requester.request(ListDeployments, { status, task, queue, limit: most, cursor: from });
    if (isRefused(page)) return page;
    const deployments = page.items.map(listedDeployment);
    const more = page.next === null ? '' : ' Call again with cursor = next for more.';
    return answer({ deployments, next: page.next, message: `${deployments.length} deployments.${more}` });
  },
});

function unknownStatus(asked: string) {
  return refuse('request.invalid', `${JSON.stringify(asked.slice(0, 50))} is not a status of deployments.`, {
    hint: `They are ${DeploymentStatus.options.join(', ')}.`,
    details: { field: '/status' },
  });
}
