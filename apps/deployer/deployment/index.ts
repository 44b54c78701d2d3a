/** The deployment: state, decisions, and what they rest on. Pure. */
export { type CommandOf, type DeploymentCommand } from './deployment.commands.js';
export { deploymentDecider } from './deployment.decider.js';
export { MAX_LOG_LINES, unknownDeployment } from './deployment.decide.js';
export {
  type Deployment,
  type DeploymentState,
  evolve,
  isEnded,
  isServing,
  stageOf,
  taskNamesOf,
} from './deployment.state.js';
export { viewOf } from './deployment.view.js';
export { complete, declare, type DescribedTask } from './declarations.js';
export { type ActiveDeployment, supersededAmong } from './superseded.js';
