/** Tasks as tools of their own. */
export { parseTaskChoice, type TaskChoice } from './task-choice.js';
export { callTaskTool } from './task-tool.js';
export { isSameList, TaskTools, type TaskToolList } from './task-tools.js';
