export { systemClock, momentOfId, newId, type Clock } from './clock.js';
export { type Startable } from './startable.js';
export { ServiceLoop, type ServiceLoopOptions } from './service-loop.js';
