/** What Nest hands to the controllers. */
export const REQUESTER = Symbol('requester');
export const CATALOGUE = Symbol('catalogue');
export const RUN_CALLS = Symbol('run calls');
export const LOG = Symbol('log');
export const EVENT_STREAMS = Symbol('event streams');
export const HEALTH_CHECKS = Symbol('health checks');
