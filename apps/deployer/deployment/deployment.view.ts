/** A deployment as everybody else sees it. */
import { type DeploymentId, type DeploymentView, laneOf } from '#contracts';
import { type Deployment, taskNamesOf } from './deployment.state.js';

export function viewOf(id: DeploymentId, deployment: Deployment): DeploymentView {
  const { requested, status, path, host, image, workers, results, failure, activatedAt, endedAt } = deployment;
  const { task, description, category, queue, runtime, bundleSha256, files, at: requestedAt } = requested;
  return {
    ...{ deploymentId: id, task, description, category, queue, runtime, status, bundleSha256, path, host, image },
    lane: laneOf(queue, id),
    tasks: taskNamesOf(deployment),
    files: files.map((file) => file.path),
    workers: [...workers],
    smokeTests: [...(results ?? [])],
    failure,
    ...{ requestedAt, activatedAt, endedAt },
  };
}
