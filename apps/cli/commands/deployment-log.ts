/** The log of a deployment: what was built, then what each worker said. */
import { type Context } from '../context/context.js';
import { onInterrupt } from '../context/interruption.js';
import { BEGINNING, followEvents } from '../platform/follow-events.js';

interface LogOptions {
  tail: number;
  follow?: boolean;
}

const ends = new Set(['DeploymentActivated', 'DeploymentFailed', 'DeploymentStopped']);

export async function showDeploymentLog(context: Context, deploymentId: string, options: LogOptions): Promise<void> {
  const { out } = context;
  if (options.follow) return followBuild(context, deploymentId);
  const params = { path: { deploymentId }, query: { tail: options.tail } };
  const log = await context.ask((client) => client.GET('/api/v1/deployments/{deploymentId}/log', { params }));
  if (out.format !== 'table') return out.value(log);
  for (const { stage, line } of log.build) out.data(`${out.dataColours.dim(stage.padEnd(10))} ${line}`);
  for (const { worker, lines } of log.workers)
    for (const line of lines) out.data(`${out.dataColours.dim(worker)} ${line}`);
}

async function followBuild(context: Context, deploymentId: string): Promise<void> {
  const { out } = context;
  const interrupt = onInterrupt();
  const following = { stream: `deployment-${deploymentId}`, after: BEGINNING, signal: interrupt.signal };
  for await (const event of followEvents(context.settings, following)) {
    const { stage = '', lines = [] } = event.data as { stage?: string; lines?: string[] };
    if (event.type === 'DeploymentLogged')
      for (const line of lines) out.line({ stage, line }, `${out.dataColours.dim(stage.padEnd(10))} ${line}`);
    if (ends.has(event.type)) return interrupt.release();
  }
  context.exitWith('interrupted');
}
