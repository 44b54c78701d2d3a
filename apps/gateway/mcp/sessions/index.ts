/** Sessions of MCP clients. */
export { toolSets, type ToolSetName } from './instructions.js';
export { toolSetOf } from './listed-tools.js';
export { sessionLimits, Sessions, type SessionLimits } from './sessions.js';
