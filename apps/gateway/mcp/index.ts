/** The gateway's door for agents. */
export { mountMcp, type McpOptions } from './mount-mcp.js';
