/** Errors that have no request to answer: the connection itself is refused, in words of JSON-RPC. */
import { type FastifyReply } from 'fastify';
import { refusalKinds, type Refused } from '#contracts';

/** Codes of JSON-RPC 2.0, and those of the MCP SDK's transports. */
export const rpcCodes = {
  parse: -32_700,
  invalidRequest: -32_600,
  connection: -32_000,
  sessionNotFound: -32_001,
} as const;

export function sendRpcError(
  reply: FastifyReply,
  status: number,
  code: number,
  message: string,
  data?: object,
): FastifyReply {
  const error = { code, message, ...(data === undefined ? {} : { data }) };
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ jsonrpc: '2.0', error, id: null }));
}

export function sendRpcRefusal(reply: FastifyReply, { refusal }: Refused): FastifyReply {
  const { status, retryable } = refusalKinds[refusal.code];
  // RFC 6750: which error it is, unless there was no key at all.
  if (status === 401)
    void reply.header(
      'www-authenticate',
      `Bearer realm="tasksmith"${refusal.code === 'auth.invalid' ? ', error="invalid_token"' : ''}`,
    );
  if (status === 403) void reply.header('www-authenticate', 'Bearer realm="tasksmith", error="insufficient_scope"');
  if (retryable) void reply.header('retry-after', '1');
  const { code, message, hint } = refusal;
  return sendRpcError(reply, status, rpcCodes.connection, message, { code, ...(hint === undefined ? {} : { hint }) });
}
