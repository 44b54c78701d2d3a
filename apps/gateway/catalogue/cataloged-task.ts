/** What the gateway knows of one task: a fold of its events, just enough to serve calls. */
import {
  type DeploymentId,
  type JsonSchema,
  type Lane,
  type Moment,
  type QueueName,
  type RunPoliciesInput,
  type TaskEvent,
} from '#contracts';

export interface CatalogedVersion {
  readonly version: number;
  readonly queue: QueueName;
  readonly lane: Lane;
  readonly deploymentId: DeploymentId | null;
  readonly argumentsSchema: JsonSchema;
  readonly resultSchema: JsonSchema;
  readonly policies: RunPoliciesInput;
  readonly description: string;
  readonly category: string;
  readonly by: string;
  readonly publishedAt: Moment;
}

export interface CatalogedTask {
  /** Events folded so far, so that none is applied twice. */
  readonly revision: number;
  /** Version n at index n - 1. */
  readonly versions: readonly CatalogedVersion[];
  /** Versions whose workers run. */
  readonly serving: readonly number[];
  readonly activeVersion: number | null;
  /** The active version, or the last that was: revisions are of this one. */
  readonly shownVersion: number;
  readonly deprecated: string | null;
  readonly removed: boolean;
}

export const noTask: CatalogedTask = {
  revision: 0,
  versions: [],
  serving: [],
  activeVersion: null,
  shownVersion: 0,
  deprecated: null,
  removed: false,
};

export function evolve(task: CatalogedTask, event: TaskEvent): CatalogedTask {
  return { ...change(task, event), revision: task.revision + 1 };
}

function change(task: CatalogedTask, event: TaskEvent): CatalogedTask {
  switch (event.type) {
    case 'TaskVersionPublished':
      return {
        ...task,
        versions: [...task.versions, versionOf(event)],
        serving: [...task.serving, event.version],
        activeVersion: event.version,
        shownVersion: event.version,
        deprecated: null,
        removed: false,
      };
    case 'TaskVersionActivated':
      return { ...task, activeVersion: event.version, shownVersion: event.version };
    case 'TaskVersionRetired':
      return {
        ...task,
        serving: task.serving.filter((version) => version !== event.version),
        activeVersion: task.activeVersion === event.version ? null : task.activeVersion,
      };
    case 'TaskRevised':
      return {
        ...task,
        versions: task.versions.map((one) => (one.version === task.shownVersion ? revised(one, event) : one)),
      };
    case 'TaskDeprecated':
      return { ...task, deprecated: event.reason };
    case 'TaskRemoved':
      return { ...task, removed: true, activeVersion: null };
  }
}

function versionOf(event: Extract<TaskEvent, { type: 'TaskVersionPublished' }>): CatalogedVersion {
  const { version, queue, lane, deploymentId, category, by, declaration, at } = event;
  const { argumentsSchema, resultSchema, policies, description } = declaration;
  const declared = { argumentsSchema, resultSchema, policies, description };
  return { version, queue, lane, deploymentId, category, by, ...declared, publishedAt: at };
}

function revised(version: CatalogedVersion, event: Extract<TaskEvent, { type: 'TaskRevised' }>): CatalogedVersion {
  return {
    ...version,
    ...(event.description !== undefined && { description: event.description }),
    ...(event.category !== undefined && { category: event.category }),
    ...(event.policies !== undefined && { policies: { ...version.policies, ...event.policies } }),
  };
}
