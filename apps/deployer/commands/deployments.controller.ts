/** Requests that change deployments. */
import { Controller, Inject } from '@nestjs/common';
import {
  DeployBundle,
  type DeploymentView,
  isRefused,
  type ParsedInputOf,
  type Refused,
  refuse,
  StopDeployment,
} from '#contracts';
import { type Clock } from '#lifecycle';
import { Answers } from '#messaging';
import { viewOf } from '../deployment/index.js';
import { type DeploymentHandler } from '../deployment-handler.js';
import { CLOCK, DEPLOYMENT_HANDLER } from '../tokens.js';
import { BundleIntake } from './bundle-intake.js';

@Controller()
export class DeploymentsController {
  constructor(
    @Inject(BundleIntake) private readonly intake: BundleIntake,
    @Inject(DEPLOYMENT_HANDLER) private readonly handler: DeploymentHandler,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Answers(DeployBundle)
  async deployBundle(input: ParsedInputOf<typeof DeployBundle>): Promise<DeploymentView | Refused> {
    const deployment = await this.intake.take(input);
    return isRefused(deployment) ? deployment : viewOf(input.deploymentId, deployment);
  }

  /** Answers once the wish is recorded; the workers end a little later. */
  @Answers(StopDeployment)
  async stopDeployment({
    actor,
    deploymentId,
    reason,
  }: ParsedInputOf<typeof StopDeployment>): Promise<DeploymentView | Refused> {
    const command = { type: 'RequestStop', at: this.clock.now(), by: actor, reason } as const;
    const handled = await this.handler.handle(deploymentId, command, { actor });
    if (!isRefused(handled)) return viewOf(deploymentId, handled.state!);
    const { code, message, hint } = handled.refusal;
    return refuse(code, `${message} (${deploymentId})`, { ...(hint ? { hint } : {}), details: { deploymentId } });
  }
}
