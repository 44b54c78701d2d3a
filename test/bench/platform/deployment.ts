/** Deploys a bundle and waits until it serves. */
import { setTimeout as pause } from 'node:timers/promises';
import { type BenchApi } from './api.js';
import { type BenchRuntime, bundles } from './bundles.js';

export interface DeployOptions {
  runtime: BenchRuntime;
  queue: string;
  /** Slots of the worker; the default when left out. */
  concurrency?: number;
  /** Makes the bundle another one. */
  comment?: string;
  smokeTests?: readonly { task: string; arguments: Record<string, unknown>; expect?: unknown }[];
}

export interface Deployed {
  deploymentId: string;
  lane: string;
  /** From the request until it serves. */
  seconds: number;
}

interface DeploymentView {
  deploymentId: string;
  status: string;
  lane: string;
  failure: unknown;
}

export async function deployAdder(api: BenchApi, { runtime, comment, ...options }: DeployOptions): Promise<Deployed> {
  const startedAt = performance.now();
  const { path, content } = bundles[runtime];
  const marked = comment === undefined ? content : `${content}${runtime === 'python' ? '#' : '//'} ${comment}\n`;
  const body = { task: 'add', runtime, files: [{ path, content: marked }], ...options };
  const { deploymentId } = await api.post<DeploymentView>('/deployments', body);
  for (;;) {
    const { status, failure, lane } = await api.get<DeploymentView>(`/deployments/${deploymentId}`);
    if (status === 'active') return { deploymentId, lane, seconds: (performance.now() - startedAt) / 1_000 };
    if (status === 'failed') throw new Error(`the deployment failed: ${JSON.stringify(failure)}`);
    await pause(20);
  }
}
