/** What a task is now: a fold of its events. */
import {
  type DeploymentId,
  type JsonSchema,
  type Lane,
  type Moment,
  type QueueName,
  type RunPoliciesInput,
} from '#contracts';

export interface TaskVersion {
  readonly version: number;
  readonly description: string;
  readonly category: string;
  readonly queue: QueueName;
  readonly lane: Lane;
  readonly deploymentId: DeploymentId | null;
  readonly argumentsSchema: JsonSchema;
  readonly resultSchema: JsonSchema;
  readonly policies: RunPoliciesInput;
  readonly publishedAt: Moment;
  /** False once its deployment has stopped. */
  readonly serving: boolean;
}

export interface Task {
  /** In order of publication: version 1 first. Empty before the first publication. */
  readonly versions: readonly TaskVersion[];
  /** The version that new calls go to; null when none serves. */
  readonly activeVersion: number | null;
  /** The version that describes the task: the active one, or the last that was. */
  readonly shownVersion: number;
  /** Why callers should move on; the task still serves. */
  readonly deprecated: string | null;
  readonly removed: boolean;
  readonly createdAt: Moment;
  readonly updatedAt: Moment;
}

export const noTask: Task = {
  versions: [],
  activeVersion: null,
  shownVersion: 0,
  deprecated: null,
  removed: false,
  createdAt: 0,
  updatedAt: 0,
};

export function exists(task: Task): boolean {
  return task.versions.length > 0;
}

export function versionOf(task: Task, version: number): TaskVersion | undefined {
  return task.versions[version - 1];
}

export function versionOfDeployment(task: Task, deploymentId: DeploymentId): TaskVersion | undefined {
  return task.versions.find((version) => version.deploymentId === deploymentId);
}

export function shownVersion(task: Task): TaskVersion | undefined {
  return versionOf(task, task.shownVersion);
}

/** What serves in place of a version that retires: the youngest other one whose workers still run. */
export function newestServing(task: Task, except: number): TaskVersion | undefined {
  return task.versions.findLast(({ serving, version }) => serving && version !== except);
}
