export { taskDecider, removed, unknown, type TaskCommand } from './task.decide.js';
export { versionOfDeployment, type Task } from './task.js';
export { detailsOf } from './task.view.js';
