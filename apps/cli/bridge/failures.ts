/** What an agent is told when the gateway could not be asked. */
import { type CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { GatewayLost, GatewayRefused, GatewayUnreachable } from './gateway-link.js';
import { toolError } from './tool-error.js';

interface Explanation {
  code: string;
  message: string;
  hint: string;
  retryable: boolean;
}

export function explained(error: unknown): Explanation {
  if (error instanceof GatewayUnreachable)
    return {
      code: 'service.unavailable',
      message: `The Tasksmith gateway cannot be reached (${error.message}).`,
      hint: 'Nothing was done. Try again in a few seconds; "tasksmith status" tells whether it runs, "tasksmith up" starts it.',
      retryable: true,
    };
  if (error instanceof GatewayLost)
    return {
      code: 'service.unavailable',
      message: `The line to the Tasksmith gateway broke during the call (${error.message}).`,
      hint: 'The call may have been done. Look first (at the list of deployments, at the result of the run), then try again.',
      retryable: true,
    };
  if (error instanceof GatewayRefused)
    return {
      code: error.status === 403 ? 'auth.forbidden' : error.status === 401 ? 'auth.invalid' : 'request.invalid',
      message: error.message,
      hint: error.status === 401 ? 'Set TASKSMITH_API_KEY in the configuration of this MCP server to a valid key.' : '',
      retryable: false,
    };
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'bridge.failed',
    message,
    hint: 'This is a failure of the bridge itself; see its stderr.',
    retryable: false,
  };
}

export function toolErrorOfFailure(error: unknown, tool: string): CallToolResult {
  const { message, ...others } = explained(error);
  return toolError({ ...others, message: `${tool}: ${message}` });
}
