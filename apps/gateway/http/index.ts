/** What every HTTP request meets, whatever it asks for. */
export { guardRoutes, tokenOf, type AccessOptions, type DeclaredRoute, type RouteAccess } from './access.js';
export { Doors, type DoorOptions } from './doors.js';
export { notFound } from './not-found.js';
export {
  bug,
  httpKinds,
  problem,
  problemOfError,
  problemOfRefusal,
  type Problem,
  type ProblemCode,
} from './problem.js';
export { sendProblem } from './send-problem.js';
export { endUnusedConnections } from './unused-connections.js';
