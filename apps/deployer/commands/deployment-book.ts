/** What the deployer itself finds out about deployments that exist. */
import { type DeploymentId, isRefused } from '#contracts';
import { type Deployment, type DeploymentCommand, type DeploymentState } from '../deployment/index.js';
import { type DeploymentHandler, SERVICE } from '../deployment-handler.js';

export class DeploymentBook {
  constructor(private readonly handler: DeploymentHandler) {}

  /** The deployment afterwards. */
  async record(id: DeploymentId, command: DeploymentCommand): Promise<Deployment> {
    const handled = await this.handler.handle(id, command, SERVICE);
    if (isRefused(handled)) throw new Error(`${command.type} of ${id} was refused: ${handled.refusal.message}`);
    return handled.state!;
  }

  async load(id: DeploymentId): Promise<DeploymentState> {
    return (await this.handler.load(id)).state;
  }
}
