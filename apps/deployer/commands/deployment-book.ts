/** Carries out commands on deployments. */
import { type DeploymentEvent, type DeploymentId, isRefused, type Refused } from '#contracts';
import { createHandler, type EventLog, type Handler } from '#event-store';
import {
  type Deployment,
  type DeploymentCommand,
  deploymentDecider,
  type DeploymentState,
} from '../deployment/index.js';

const SERVICE = 'service:deployer';

export class DeploymentBook {
  private readonly handler: Handler<DeploymentCommand, DeploymentState, DeploymentEvent>;

  constructor(log: EventLog) {
    this.handler = createHandler({ log, decider: deploymentDecider, category: 'deployment' });
  }

  /** The deployment afterwards. */
  async carryOut(id: DeploymentId, command: DeploymentCommand, actor: string): Promise<Deployment | Refused> {
    const handled = await this.handler.handle(id, command, { actor });
    return isRefused(handled) ? handled : handled.state!;
  }

  /** What the deployer itself found out about a deployment that exists. */
  async record(id: DeploymentId, command: DeploymentCommand): Promise<Deployment> {
    const deployment = await this.carryOut(id, command, SERVICE);
    if (isRefused(deployment)) throw new Error(`${command.type} of ${id} was refused: ${deployment.refusal.message}`);
    return deployment;
  }

  async load(id: DeploymentId): Promise<DeploymentState> {
    return (await this.handler.load(id)).state;
  }
}
