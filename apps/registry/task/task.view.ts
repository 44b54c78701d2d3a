/** A task as others see it. */
import { RunPolicies, type TaskDetailsView, type TaskName } from '#contracts';
import { shownVersion, type Task } from './task.js';

export function detailsOf(name: TaskName, task: Task): TaskDetailsView {
  const shown = shownVersion(task)!;
  return {
    name,
    description: shown.description,
    category: shown.category,
    activeVersion: task.activeVersion,
    queue: shown.queue,
    lane: shown.lane,
    deploymentId: shown.deploymentId,
    argumentsSchema: shown.argumentsSchema,
    resultSchema: shown.resultSchema,
    policies: RunPolicies.parse(shown.policies),
    deprecated: task.deprecated,
    createdAt: task.createdAt,
    updatedAt: task.updatedAt,
    versions: task.versions.map(({ version, deploymentId, queue, lane, publishedAt, serving }) => ({
      version,
      deploymentId,
      queue,
      lane,
      publishedAt,
      serving,
    })),
  };
}
