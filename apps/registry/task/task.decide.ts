/** What may be done with a task, and which events state that it was done. */
import {
  type DeploymentId,
  laneOf,
  type Moment,
  type QueueName,
  refuse,
  type Refused,
  type RunPoliciesInput,
  type TaskDeclaration,
  type TaskEvent,
  type TaskName,
  sameJson,
} from '#contracts';
import { type Decider } from '../../../libs/event-store/decider.js';
import { evolve } from './task.evolve.js';
import {
  exists,
  newestServing,
  noTask,
  shownVersion,
  type Task,
  type TaskVersion,
  versionOf,
  versionOfDeployment,
} from './task.js';

interface Common {
  readonly task: TaskName;
  readonly by: string;
  readonly at: Moment;
}

export type PublishTaskVersion = Common & {
  readonly type: 'PublishTaskVersion';
  readonly declaration: TaskDeclaration;
  readonly category: string;
  readonly queue: QueueName;
  /** Null when the task is served by workers deployed elsewhere. */
  readonly deploymentId: DeploymentId | null;
};
export type RetireTaskVersion = Common & {
  readonly type: 'RetireTaskVersion';
  readonly deploymentId: DeploymentId;
  readonly reason: string;
};
export type ActivateTaskVersion = Common & { readonly type: 'ActivateTaskVersion'; readonly version: number };
export type ReviseTask = Common & {
  readonly type: 'ReviseTask';
  readonly description?: string | undefined;
  readonly category?: string | undefined;
  readonly policies?: RunPoliciesInput | undefined;
};
export type DeprecateTask = Common & { readonly type: 'DeprecateTask'; readonly reason: string };
export type RemoveTask = Common & { readonly type: 'RemoveTask' };

export type TaskCommand =
  PublishTaskVersion | RetireTaskVersion | ActivateTaskVersion | ReviseTask | DeprecateTask | RemoveTask;

export const taskDecider: Decider<TaskCommand, Task, TaskEvent> = { initial: noTask, evolve, decide };

function decide(command: TaskCommand, task: Task): TaskEvent[] | Refused {
  switch (command.type) {
    case 'PublishTaskVersion':
      return publish(command, task);
    case 'RetireTaskVersion':
      return retire(command, task);
    case 'ActivateTaskVersion':
      return absence(command, task) ?? activate(command, task);
    case 'ReviseTask':
      return absence(command, task) ?? revise(command, task);
    case 'DeprecateTask':
      return absence(command, task) ?? deprecate(command, task);
    case 'RemoveTask':
      return remove(command, task);
  }
}

function publish(command: PublishTaskVersion, task: Task): TaskEvent[] {
  const { declaration, category, queue, deploymentId, by, at } = command;
  if (deploymentId !== null && versionOfDeployment(task, deploymentId)) return [];
  if (deploymentId === null && servesAlready(command, task)) return [];
  return [
    {
      type: 'TaskVersionPublished',
      at,
      version: task.versions.length + 1,
      declaration,
      category,
      queue,
      lane: laneOf(queue, deploymentId),
      deploymentId,
      by,
    },
  ];
}

function servesAlready({ declaration, category, queue }: PublishTaskVersion, task: Task): boolean {
  const active = task.activeVersion === null ? undefined : versionOf(task, task.activeVersion);
  if (!active || active.deploymentId !== null) return false;
  const { description, argumentsSchema, resultSchema, policies } = declaration;
  return sameJson(
    [active.description, active.argumentsSchema, active.resultSchema, active.policies, active.category, active.queue],
    [description, argumentsSchema, resultSchema, policies, category, queue],
  );
}

/** The log tells who serves next: when an older version takes over, its activation stands in the same decision. */
function retire({ deploymentId, reason, by, at }: RetireTaskVersion, task: Task): TaskEvent[] {
  const version = versionOfDeployment(task, deploymentId);
  if (!version?.serving) return [];
  const retired: TaskEvent = { type: 'TaskVersionRetired', at, version: version.version, deploymentId, reason };
  const next = task.activeVersion === version.version ? newestServing(task, version.version) : undefined;
  return next ? [retired, { type: 'TaskVersionActivated', at, version: next.version, by }] : [retired];
}

function activate({ task: name, version, by, at }: ActivateTaskVersion, task: Task): TaskEvent[] | Refused {
  const wanted = versionOf(task, version);
  if (!wanted) {
    const hint = `It has the versions ${listOf(task.versions)}.`;
    return refuse('task.version-unknown', `Task ${name} has no version ${version}.`, { hint });
  }
  if (!wanted.serving) {
    const serving = task.versions.filter((one) => one.serving);
    const hint = serving.length > 0 ? `These serve: ${listOf(serving)}.` : 'None serves: deploy the task again.';
    return refuse('task.not-serving', `Version ${version} of task ${name} has no workers any more.`, { hint });
  }
  return task.activeVersion === version ? [] : [{ type: 'TaskVersionActivated', at, version, by }];
}

function revise({ description, category, policies, by, at }: ReviseTask, task: Task): TaskEvent[] {
  const shown = shownVersion(task)!;
  const changes = {
    ...(description === undefined || description === shown.description ? {} : { description }),
    ...(category === undefined || category === shown.category ? {} : { category }),
    ...(policies === undefined || changesNothing(policies, shown.policies) ? {} : { policies }),
  };
  return Object.keys(changes).length === 0 ? [] : [{ type: 'TaskRevised', at, ...changes, by }];
}

function changesNothing(policies: RunPoliciesInput, before: RunPoliciesInput): boolean {
  return sameJson({ ...before, ...policies }, before);
}

function deprecate({ reason, by, at }: DeprecateTask, task: Task): TaskEvent[] {
  return task.deprecated === reason ? [] : [{ type: 'TaskDeprecated', at, reason, by }];
}

function remove(command: RemoveTask, task: Task): TaskEvent[] | Refused {
  if (task.removed) return []; // removing twice is not an error
  return absence(command, task) ?? [{ type: 'TaskRemoved', at: command.at, by: command.by }];
}

function absence({ task: name }: Common, task: Task): Refused | undefined {
  if (!exists(task)) return unknown(name);
  if (task.removed) return removed(name);
  return undefined;
}

export function unknown(name: TaskName): Refused {
  return refuse('task.unknown', `There is no task ${name}.`);
}

export function removed(name: TaskName): Refused {
  return refuse('task.removed', `Task ${name} was removed.`, { hint: 'Deploy or register it again to bring it back.' });
}

const listOf = (versions: readonly TaskVersion[]): string => versions.map(({ version }) => version).join(', ');
