/** Names under which Nest hands out what is not a class. */
export const CLOCK = Symbol('clock');
export const DEPLOYMENT_HANDLER = Symbol('deployment handler');
export const DEPLOYMENTS_READER = Symbol('deployments reader');
