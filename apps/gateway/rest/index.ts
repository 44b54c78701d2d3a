/** The REST API. */
export { allRoutes, type NamedRoute } from './controllers.js';
export { mountDocs } from './docs.js';
export { openApiDocument } from './openapi.js';
export { archiveFormats } from './deployments.controller.js';
export { RestModule } from './rest.module.js';
export { API } from './route.js';
