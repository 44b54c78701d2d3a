/** Workers as operators see them: what the host has, and what should be there and is not. */
import { type WorkerView } from '#contracts';
import { isServing } from '../deployment/index.js';
import { type HostedWorker } from '../hosts/index.js';
import { type LiveDeployment } from './live-deployments.js';

export function workersOf(live: readonly LiveDeployment[], hosted: readonly HostedWorker[]): WorkerView[] {
  return live.flatMap(({ id, deployment }) => {
    const present = hosted.filter(({ deploymentId }) => deploymentId === id);
    const { task, queue, replicas } = deployment.requested;
    const numbers = new Set(present.map(({ replica }) => replica));
    const absent = deployment.workers.filter((_, index) => index < replicas && !numbers.has(index + 1));
    return [
      ...present.map((worker) => ({ ...withoutReplica(worker), task, queue })),
      ...(isServing(deployment) ? absent : []).map((worker) => ({
        ...worker,
        ...{ deploymentId: id, task, queue, state: 'missing' as const, restarts: 0 },
        detail: 'the host does not have it; it is started again',
      })),
    ];
  });
}

function withoutReplica({
  name,
  deploymentId,
  tier,
  handle,
  state,
  restarts,
  detail,
}: HostedWorker): Omit<HostedWorker, 'replica'> {
  return { name, deploymentId, tier, handle, state, restarts, detail };
}
