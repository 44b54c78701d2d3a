// What tests, the demo and the CLI may use of the local stack.
export { findProgram } from './find-program.js';
export { startServers, type Servers, type ServersOptions } from './servers.js';
export { makeTestHome, startTestServers } from './test-servers.js';
export {
  AlreadyRunningError,
  readStackState,
  type StackAddresses,
  type StackState,
  stopRunningStack,
} from './state.js';
export { anyFreePort } from './ports.js';
export { openHome, type Home } from './home.js';
export { type LocalServer, type ServerName } from './local-server.js';
export { type ServiceName, serviceNames } from './services.js';
export { type Stack, type StackOptions, startStack } from './stack.js';
export { type SupervisedProcess } from './supervised-process.js';
