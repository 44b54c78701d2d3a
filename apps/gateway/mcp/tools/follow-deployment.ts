/** Watches a deployment until it serves, has failed, or the client would lose its patience; tells each new stage. */
import { setTimeout as pause } from 'node:timers/promises';
import { type DeploymentStatus, type DeploymentView, GetDeployment, isRefused } from '#contracts';
import { type ToolContext } from '../catalogue/index.js';

/** How far each status is on the way, and what is being done. */
const stages: Partial<Record<DeploymentStatus, { fraction: number; doing: string }>> = {
  requested: { fraction: 0.05, doing: 'storing' },
  stored: { fraction: 0.1, doing: 'stored' },
  building: { fraction: 0.2, doing: 'building' },
  starting: { fraction: 0.6, doing: 'starting workers' },
  testing: { fraction: 0.8, doing: 'testing' },
  active: { fraction: 1, doing: 'active' },
};
const FIRST_LOOK_MS = 50;
const LOOK_MS = 250;
const HEARTBEAT_MS = 5_000;

/** @param endsAt by `performance.now()`. */
export async function followDeployment(
  accepted: DeploymentView,
  endsAt: number,
  { parts, progress, signal }: ToolContext,
): Promise<DeploymentView | 'unfinished'> {
  const since = performance.now();
  let deployment = accepted;
  let told: DeploymentStatus | undefined;
  let toldAt = since;
  for (let look = 0; ; look++) {
    const stage = stages[deployment.status];
    if (!stage || deployment.status === 'active') return deployment;
    const now = performance.now();
    const isNews = deployment.status !== told;
    if (isNews || now - toldAt >= HEARTBEAT_MS) {
      const elapsed = isNews ? '' : ` for ${Math.round((now - since) / 1_000)} s`;
      progress?.(stage.fraction, `${stage.doing}${elapsed}`);
      told = deployment.status;
      toldAt = now;
    }
    if (now >= endsAt || signal.aborted) return 'unfinished';
    await pause(Math.min(LOOK_MS, FIRST_LOOK_MS * (look + 1)));
    const next = await parts.requester.request(GetDeployment, { deploymentId: accepted.deploymentId });
    // The deployer may be away for a moment; the deployment goes on when it is back.
    if (!isRefused(next)) deployment = next;
  }
}
