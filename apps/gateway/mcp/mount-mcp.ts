/**
 * `/mcp`: the Model Context Protocol over Streamable HTTP.
 * Steps of a request: the gateway's guards (room, Host, Origin), the key, the body as JSON within its limit, the session, its own transport.
 */
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import { isRefused, refuse, type Refused } from '#contracts';
import { type Caller, forbid } from '../auth/index.js';
import { tokenOf } from '../http/index.js';
import { type GatewayParts } from '../parts.js';
import { rpcCodes, sendRpcError, sendRpcRefusal } from './json-rpc-errors.js';
import { sessionLimits, type SessionLimits, Sessions, type ToolSetName, toolSets } from './sessions/index.js';
import { parseTaskChoice, type TaskChoice, TaskTools } from './task-tools/index.js';

export interface McpOptions {
  limits?: Partial<SessionLimits>;
}

type McpParts = Pick<GatewayParts, 'catalogue' | 'runs' | 'requester' | 'clock' | 'logger' | 'keyRing'>;

/** Must come after `guardRoutes`. Sessions end when the server closes. */
export function mountMcp(fastify: FastifyInstance, parts: McpParts, { limits = {} }: McpOptions = {}): void {
  void fastify.register(async (scope) => {
    const { catalogue, logger } = parts;
    const taskTools = new TaskTools(catalogue);
    const sessions = new Sessions({ catalogue, logger, limits: { ...sessionLimits, ...limits } });
    // Streams never end by themselves: closing the server would wait for them.
    scope.addHook('preClose', async () => {
      taskTools.close();
      await sessions.close();
    });
    takeJsonOnly(scope);
    answerInJsonRpc(scope, logger);
    askForKey(scope, parts);
    const config = { access: { open: 'asks for the key itself, to answer in JSON-RPC; each tool names its action' } };
    scope.route({
      method: ['GET', 'POST', 'DELETE'],
      url: '/mcp',
      config,
      handler: (request, reply) => serve(request, reply, { sessions, taskTools, parts }),
    });
  });
}

interface Door {
  sessions: Sessions;
  taskTools: TaskTools;
  parts: McpParts;
}

async function serve(request: FastifyRequest, reply: FastifyReply, door: Door): Promise<FastifyReply> {
  const session = await sessionOf(request, door);
  if (isRefused(session)) return sendRpcRefusal(reply, session);
  if (session === 'none')
    return sendRpcError(
      reply,
      400,
      rpcCodes.connection,
      'The Mcp-Session-Id header is missing: send initialize first.',
    );
  if (session === 'unknown')
    return sendRpcError(reply, 404, rpcCodes.sessionNotFound, 'There is no such session: send initialize again.');
  handOver(reply);
  try {
    await session.handle(request.raw, reply.raw, request.body);
  } catch (error) {
    door.parts.logger.error({ err: error, session: session.id }, 'an MCP request met a bug');
    reply.raw.destroy();
  } finally {
    // A hello that was not understood opened no session.
    if (!door.sessions.find(session.id, session.keyId)) await session.close();
  }
  return reply;
}

async function sessionOf(request: FastifyRequest, { sessions, taskTools, parts }: Door) {
  const caller = request.caller!;
  const id = request.headers['mcp-session-id'];
  if (typeof id === 'string') return sessions.find(id, caller.keyId) ?? 'unknown';
  if (request.method !== 'POST' || !isHello(request.body)) return 'none';
  const selection = selectionOf(request.query as Record<string, unknown>);
  if (isRefused(selection)) return selection;
  const token = tokenOf(request.headers);
  const isStillAllowed = async () => {
    const known = await parts.keyRing.authenticate(token);
    return !isRefused(known) || known.refusal.code === 'service.unavailable';
  };
  return sessions.create({ ...selection, caller, taskTools, parts, isStillAllowed });
}

function isHello(body: unknown): boolean {
  return (Array.isArray(body) ? body : [body]).some(isInitializeRequest);
}

/** What the URL says of the session: `?toolset=mcs`, `?tasks=...`. */
function selectionOf(query: Record<string, unknown>): { toolSet: ToolSetName; choice: TaskChoice } | Refused {
  const { toolset = 'native', tasks } = query;
  const toolSet = toolSets.find((name) => name === toolset);
  if (!toolSet)
    return refuse('request.invalid', `?toolset=${String(toolset).slice(0, 50)} is not a tool set.`, {
      hint: `They are ${toolSets.join(' and ')}.`,
    });
  const choice = parseTaskChoice(tasks === undefined ? undefined : String(tasks));
  return isRefused(choice) ? choice : { toolSet, choice };
}

/** From here on the transport answers; what the guards have set (CORS) goes with it. */
function handOver(reply: FastifyReply): void {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
  if (reply.hasHeader('access-control-allow-origin'))
    reply.raw.setHeader('access-control-expose-headers', 'mcp-session-id');
}

/** Before anything of the body is read. */
function askForKey(scope: FastifyInstance, { keyRing }: McpParts): void {
  scope.addHook('onRequest', async (request, reply) => {
    const caller = await keyRing.authenticate(tokenOf(request.headers));
    const refused = isRefused(caller) ? caller : forbid(caller, 'read');
    if (refused) return sendRpcRefusal(reply, refused);
    request.caller = caller as Caller;
    return undefined;
  });
}

/** Other kinds of body go on unread: the transport refuses them in its own words. */
function takeJsonOnly(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  const parse = scope.getDefaultJsonParser('error', 'error');
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // A goodbye (DELETE) may say that it is JSON and have no body.
    if (body === '') done(null, null);
    else void parse(request, body as string, done);
  });
  scope.addContentTypeParser('*', (_, payload, done) => {
    payload.resume();
    done(null, undefined);
  });
}

function answerInJsonRpc(scope: FastifyInstance, logger: McpParts['logger']): void {
  scope.setErrorHandler((error: { statusCode?: number; message: string }, _, reply) => {
    const { statusCode = 500 } = error;
    if (statusCode === 413)
      return sendRpcError(reply, 413, rpcCodes.invalidRequest, 'The message is larger than the gateway takes.');
    if (statusCode < 500)
      return sendRpcError(reply, statusCode, rpcCodes.parse, `The message is not JSON: ${error.message.slice(0, 200)}`);
    logger.error({ err: error }, 'an MCP request met a bug');
    return sendRpcError(reply, 500, -32_603, 'The request met a bug.');
  });
}
