/** Which deployments are no longer needed once another is active. */
import { type DeploymentId, type TaskName } from '#contracts';

export interface ActiveDeployment {
  readonly id: DeploymentId;
  readonly activatedAt: number;
  readonly tasks: readonly TaskName[];
}

/** Those of which every task is served by a deployment that became active later; each with the newest of these. */
export function supersededAmong(active: readonly ActiveDeployment[]): { id: DeploymentId; by: DeploymentId }[] {
  const oldestFirst = [...active].sort(
    (one, other) => one.activatedAt - other.activatedAt || (one.id < other.id ? -1 : 1),
  );
  return oldestFirst.flatMap((older, index) => {
    const newer = oldestFirst.slice(index + 1);
    const server = (task: TaskName) => newer.findLast(({ tasks }) => tasks.includes(task));
    const servers = older.tasks.map(server);
    return servers.every((each) => each !== undefined) && servers[0] ? [{ id: older.id, by: servers[0].id }] : [];
  });
}
