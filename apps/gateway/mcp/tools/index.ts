/** The native tools, in the order in which agents see them: the way of a task first, from code to result. */
import { type Tool } from '../catalogue/index.js';
import { cancelTaskTool } from './cancel-task.tool.js';
import { deleteScheduleTool } from './delete-schedule.tool.js';
import { deployTaskTool } from './deploy-task.tool.js';
import { generateTaskCodeTool } from './generate-task-code.tool.js';
import { getDeploymentTool } from './get-deployment.tool.js';
import { getRunEventsTool } from './get-run-events.tool.js';
import { getTaskDetailsTool } from './get-task-details.tool.js';
import { getTaskResultTool } from './get-task-result.tool.js';
import { listDeploymentsTool } from './list-deployments.tool.js';
import { listSchedulesTool } from './list-schedules.tool.js';
import { listTasksTool } from './list-tasks.tool.js';
import { registerTaskTool } from './register-task.tool.js';
import { retryTaskTool } from './retry-task.tool.js';
import { scheduleTaskTool } from './schedule-task.tool.js';
import { searchTasksTool } from './search-tasks.tool.js';
import { sendTaskTool } from './send-task.tool.js';
import { stopDeploymentTool } from './stop-deployment.tool.js';
import { triggerTaskTool } from './trigger-task.tool.js';

export const nativeTools: readonly Tool[] = [
  searchTasksTool,
  getTaskDetailsTool,
  triggerTaskTool,
  sendTaskTool,
  getTaskResultTool,
  generateTaskCodeTool,
  deployTaskTool,
  getDeploymentTool,
  listDeploymentsTool,
  stopDeploymentTool,
  listTasksTool,
  registerTaskTool,
  cancelTaskTool,
  retryTaskTool,
  getRunEventsTool,
  scheduleTaskTool,
  listSchedulesTool,
  deleteScheduleTool,
];
