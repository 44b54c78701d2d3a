/**
 * fetch for an MCP transport. The transport hands the same signal to every request, and fetch leaves a listener on it until the request is
 * collected as garbage: many listeners are no leak here, so Node need not warn of them.
 */
import { setMaxListeners } from 'node:events';
import { type FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';

export const mcpFetch: FetchLike = (url, init) => {
  if (init?.signal) setMaxListeners(0, init.signal);
  return fetch(url, init);
};
