/** Follows a deployment from event to event until it serves or has failed. */
import { type Settings } from '../context/settings.js';
import { BEGINNING, followEvents } from './follow-events.js';

export interface DeploymentProgress {
  /** 0 to 1. */
  fraction: number;
  /** What is going on, in a word or two. */
  doing: string;
  /** Lines that the stage has just said. */
  lines: readonly string[];
}

export type DeploymentEnd = 'active' | 'failed' | 'stopped' | 'interrupted';

/** What each event means: how far the deployment is, and what comes next. */
const milestones: Record<string, { fraction: number; doing: string }> = {
  DeploymentRequested: { fraction: 0.05, doing: 'storing' },
  DeploymentStored: { fraction: 0.15, doing: 'stored' },
  DeploymentBuildStarted: { fraction: 0.2, doing: 'building' },
  DeploymentBuilt: { fraction: 0.55, doing: 'starting' },
  DeploymentWorkersStarted: { fraction: 0.7, doing: 'testing' },
  DeploymentTested: { fraction: 0.95, doing: 'activating' },
};
const ends: Record<string, DeploymentEnd> = {
  DeploymentActivated: 'active',
  DeploymentFailed: 'failed',
  DeploymentStopped: 'stopped',
};

export async function followDeployment(
  settings: Settings,
  { deploymentId, signal }: { deploymentId: string; signal: AbortSignal },
  onProgress: (progress: DeploymentProgress) => void,
): Promise<DeploymentEnd> {
  let at = { fraction: 0, doing: 'sending' };
  const stream = `deployment-${deploymentId}`;
  for await (const { type, data } of followEvents(settings, { stream, after: BEGINNING, signal })) {
    const end = ends[type];
    if (end) return end;
    at = milestones[type] ?? at;
    onProgress({ ...at, lines: (data as { lines?: string[] }).lines ?? [] });
  }
  return 'interrupted';
}
