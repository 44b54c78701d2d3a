/** Carries out commands on deployments. */
import { type DeploymentEvent } from '#contracts';
import { createHandler, type EventLog, type Handler } from '#event-store';
import { type DeploymentCommand, deploymentDecider, type DeploymentState } from './deployment/index.js';

export type DeploymentHandler = Handler<DeploymentCommand, DeploymentState, DeploymentEvent>;

export function deploymentHandler(log: EventLog): DeploymentHandler {
  return createHandler({ log, decider: deploymentDecider, category: 'deployment' });
}

/** Who acts when the deployer goes on by itself. */
export const SERVICE = { actor: 'service:deployer' } as const;
