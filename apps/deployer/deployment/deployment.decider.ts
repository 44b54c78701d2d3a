/** The deployment as the command handler takes it. */
import { type DeploymentEvent } from '#contracts';
import { type Decider } from '../../../libs/event-store/decider.js';
import { type DeploymentCommand } from './deployment.commands.js';
import { decide } from './deployment.decide.js';
import { type DeploymentState, evolve } from './deployment.state.js';

export const deploymentDecider: Decider<DeploymentCommand, DeploymentState, DeploymentEvent> = {
  initial: null,
  evolve,
  decide,
};
