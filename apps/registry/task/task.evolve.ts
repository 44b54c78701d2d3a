/** How each event changes a task. */
import { type TaskEvent } from '#contracts';
import { type Task, type TaskVersion, versionOf } from './task.js';

export function evolve(task: Task, event: TaskEvent): Task {
  const after = change(task, event);
  return { ...after, updatedAt: event.at };
}

function change(task: Task, event: TaskEvent): Task {
  switch (event.type) {
    case 'TaskVersionPublished':
      return published(task, event);
    case 'TaskVersionActivated':
      return { ...task, activeVersion: event.version, shownVersion: event.version };
    case 'TaskVersionRetired':
      return {
        ...withVersion(task, event.version, { serving: false }),
        activeVersion: task.activeVersion === event.version ? null : task.activeVersion,
      };
    case 'TaskRevised':
      return withVersion(task, task.shownVersion, revision(task, event));
    case 'TaskDeprecated':
      return { ...task, deprecated: event.reason };
    case 'TaskRemoved':
      return { ...task, removed: true, activeVersion: null };
  }
}

/** A publication is also the way back for a removed or deprecated task. */
function published(task: Task, event: Extract<TaskEvent, { type: 'TaskVersionPublished' }>): Task {
  const { declaration } = event;
  const version: TaskVersion = {
    version: event.version,
    description: declaration.description,
    category: event.category,
    queue: event.queue,
    lane: event.lane,
    deploymentId: event.deploymentId,
    argumentsSchema: declaration.argumentsSchema,
    resultSchema: declaration.resultSchema,
    policies: declaration.policies,
    publishedAt: event.at,
    serving: true,
  };
  return {
    ...task,
    versions: [...task.versions, version],
    activeVersion: event.version,
    shownVersion: event.version,
    deprecated: null,
    removed: false,
    createdAt: task.versions.length === 0 ? event.at : task.createdAt,
  };
}

/** A revision is of the version that serves: going back to another version brings back that one's own description and policies. */
function revision(task: Task, event: Extract<TaskEvent, { type: 'TaskRevised' }>): Partial<TaskVersion> {
  const { description, category, policies } = event;
  return {
    ...(description === undefined ? {} : { description }),
    ...(category === undefined ? {} : { category }),
    ...(policies === undefined ? {} : { policies: { ...versionOf(task, task.shownVersion)?.policies, ...policies } }),
  };
}

function withVersion(task: Task, version: number, change: Partial<TaskVersion>): Task {
  return { ...task, versions: task.versions.map((one) => (one.version === version ? { ...one, ...change } : one)) };
}
