/** How every service opens what it stands on, starts and stops. */
export { runService, type ServiceDefinition, type ServiceParts } from './run-service.js';
export { openPlatform, type Platform, type PlatformConfig } from './platform.js';
export { openViews, readViews, ViewsUnavailable, type ViewsOptions } from './views.js';
