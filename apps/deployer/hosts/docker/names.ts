/** Names and labels of what the engine keeps for a deployment. */
import { DeploymentId } from '#contracts';
import { type HostedDeployment } from '../worker-host.js';

export const LABELS = {
  stack: 'io.tasksmith.stack',
  deployment: 'io.tasksmith.deployment',
  task: 'io.tasksmith.task',
  queue: 'io.tasksmith.queue',
  tier: 'io.tasksmith.tier',
  replica: 'io.tasksmith.replica',
  /** Of the settings that a container runs with. */
  settings: 'io.tasksmith.settings',
  role: 'io.tasksmith.role',
} as const;

/** `tasksmith-{task}:{deployment id}`; the engine takes no underscores at the ends of parts, so they become hyphens. */
export function imageName({ task, id }: Pick<HostedDeployment, 'task' | 'id'>): string {
  return `tasksmith-${task.replaceAll('_', '-').replace(/-+(?=\.|$)/g, '')}:${id}`;
}

export function labelsOf(
  { id, task, queue }: Pick<HostedDeployment, 'id' | 'task' | 'queue'>,
  stack: string,
): Record<string, string> {
  return { [LABELS.stack]: stack, [LABELS.deployment]: id, [LABELS.task]: task, [LABELS.queue]: queue };
}

export function deploymentOf(labels: Record<string, string> | null | undefined): DeploymentId | undefined {
  return DeploymentId.safeParse(labels?.[LABELS.deployment]).data;
}

/** What a container of an earlier deployment is called once a newer one needs its name. */
export const drainingName = (name: string, id: string): string => `${name}_draining-${id.slice(-8)}`;
