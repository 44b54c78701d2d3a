/** Contracts: the shapes that services say to each other and keep in the log. Schemas first; types follow. */
export * from './ids.js';
export * from './policies.js';
export * from './refusals.js';
export * from './tasks.js';
export * from './parameters.js';
export * from './events/meta.js';
export * from './events/run.events.js';
export * from './events/task.events.js';
export * from './events/deployment.events.js';
export * from './events/schedule.events.js';
export * from './requests/request.js';
export * from './requests/run-acceptance.js';
export * from './requests/dispatcher.requests.js';
export * from './requests/registry.requests.js';
export * from './requests/deployer.requests.js';
export * from './requests/scheduler.requests.js';
export * from './views/views.js';
