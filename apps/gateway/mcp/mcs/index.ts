/** The tool set `mcs`: the names, parameters and result fields that agents trained on MCS-style servers use, over the same deeds. */
import { type Tool } from '../catalogue/index.js';
import { getCeleryResultTool, sendCeleryTaskTool, triggerCeleryTaskTool } from './call-tools.js';
import { mcsDeployTaskTool } from './deploy-task.tool.js';
import { listDeployedTasksTool, stopDeployedTaskTool } from './deployment-tools.js';
import { generateStartMainCodeTool } from './generate-start-main-code.tool.js';
import { getAvailableTasksTool, mcsGetTaskDetailsTool, registerTaskInfoTool } from './task-tools.js';

export const mcsTools: readonly Tool[] = [
  generateStartMainCodeTool,
  mcsDeployTaskTool,
  triggerCeleryTaskTool,
  sendCeleryTaskTool,
  getCeleryResultTool,
  getAvailableTasksTool,
  mcsGetTaskDetailsTool,
  registerTaskInfoTool,
  stopDeployedTaskTool,
  listDeployedTasksTool,
];
