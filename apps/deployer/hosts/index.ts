/** Where workers run. */
export { DockerHost, type DockerHostSettings } from './docker/docker.host.js';
export { Environments } from './process/environment.js';
export { ProcessHost } from './process/process.host.js';
export { findRuntimes, type Runtimes } from './runtimes.js';
export {
  HostFailure,
  isDiskFull,
  type HostedDeployment,
  type HostedWorker,
  type Prepared,
  type PrepareOptions,
  type WorkerHost,
  type WorkerSettings,
} from './worker-host.js';
