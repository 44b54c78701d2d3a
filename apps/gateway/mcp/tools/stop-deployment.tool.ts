/** Stops a deployment. */
import { z } from 'zod';
import { type DeploymentId, isRefused, type Refused, StopDeployment } from '#contracts';
import { answer, defineTool, destroys, type ToolAnswer, type ToolContext } from '../catalogue/index.js';
import { deploymentIdOf, whichDeployment } from './get-deployment.tool.js';
import { deploymentFields } from './deployment-answers.js';

export const stopDeploymentTool = defineTool({
  name: 'stop_deployment',
  title: 'Stop a deployment',
  description: 'Stops the workers of a deployment; its tasks can no longer be called unless another version serves.',
  action: 'stop',
  annotations: destroys,
  input: z.strictObject({ ...whichDeployment, reason: z.string().min(1).max(1_000).optional() }),
  output: z.object({ success: z.boolean(), deployment_id: z.string(), status: z.string(), message: z.string() }),
  run: stopDeployment,
});

export async function stopDeployment(
  {
    reason,
    ...which
  }: { deployment_id?: DeploymentId | undefined; task_name?: string | undefined; reason?: string | undefined },
  { caller, parts, words }: ToolContext,
): Promise<ToolAnswer | Refused> {
  const deploymentId = await deploymentIdOf(which, { parts, words });
  if (isRefused(deploymentId)) return deploymentId;
  const stopped = await parts.requester.request(StopDeployment, { actor: caller.actor, deploymentId, reason });
  if (isRefused(stopped)) return stopped;
  return answer({ ...deploymentFields(stopped), message: `The deployment of ${stopped.task} is ${stopped.status}.` });
}
