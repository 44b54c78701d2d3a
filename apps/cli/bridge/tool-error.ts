/** A tool error, in the shape that the gateway's own have: an agent reads the code and the hint. */
import { type CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { type Refused, refusalKinds } from '#contracts';

export interface ToolErrorContent {
  [member: string]: unknown;
  success: false;
  code: string;
  message: string;
  hint: string;
  retryable: boolean;
}

export function toolError(content: Omit<ToolErrorContent, 'success'>): CallToolResult {
  const structuredContent = { success: false as const, ...content };
  return { isError: true, structuredContent, content: [{ type: 'text', text: JSON.stringify(structuredContent) }] };
}

export function toolErrorOf({ refusal: { code, message, hint = '' } }: Refused): CallToolResult {
  return toolError({ code, message, hint, retryable: refusalKinds[code].retryable });
}
