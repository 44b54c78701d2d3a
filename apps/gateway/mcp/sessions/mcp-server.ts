/** One MCP server for one session: the tools, prompts and resources as the protocol of 2025-11-25 and before speaks of them. */
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { type RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  type ServerNotification,
  type ServerRequest,
} from '@modelcontextprotocol/sdk/types.js';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import { isRefused } from '#contracts';
import { type Caller } from '../../auth/index.js';
import { productVersion } from '../../product-version.js';
import {
  CalledOff,
  callTool,
  mcsWording,
  nativeWording,
  renderRefusal,
  type ToolContext,
  type ToolParts,
  type Wording,
} from '../catalogue/index.js';
import { getPrompt, prompts } from '../prompts/prompts.js';
import { readResource, resourceTemplates } from '../resources/resources.js';
import { callTaskTool, type TaskChoice, type TaskToolList, type TaskTools } from '../task-tools/index.js';
import { instructionsOf, type ToolSetName } from './instructions.js';
import { toolSetOf } from './listed-tools.js';
import { growingProgress } from './progress.js';

export interface ServerOptions {
  caller: Caller;
  toolSet: ToolSetName;
  choice: TaskChoice;
  taskTools: TaskTools;
  parts: ToolParts;
  /** Whether the session is still open: when it ends, its calls end, and the runs they wait for go on. */
  isOpen(): boolean;
}

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** Nothing is asked of clients, so nothing is validated; made once because it is costly. */
const jsonSchemaValidator = new AjvJsonSchemaValidator();
const RESOURCE_NOT_FOUND = -32_002;
const wordings: Record<ToolSetName, Wording> = { native: nativeWording, mcs: mcsWording };

export function mcpServer(options: ServerOptions): Server {
  const server = new Server(
    { name: 'tasksmith', title: 'Tasksmith', version: productVersion() },
    {
      capabilities: { tools: { listChanged: true }, prompts: {}, resources: {} },
      instructions: instructionsOf[options.toolSet],
      jsonSchemaValidator,
    },
  );
  serveTools(server, options);
  servePrompts(server);
  serveResources(server, options);
  return server;
}

export const taskToolsOf = ({ taskTools, caller, choice }: ServerOptions): TaskToolList =>
  taskTools.listFor(caller, choice);

function serveTools(server: Server, options: ServerOptions): void {
  const { tools, listed } = toolSetOf(options.toolSet);
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [...listed, ...taskToolsOf(options).tools] }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra): Promise<CallToolResult> => {
    const context = contextOf(extra, options);
    const tool = tools.get(params.name);
    if (tool) return callTool(tool, params.arguments, context);
    const task = await options.taskTools.find(params.name, taskToolsOf(options));
    if (task) return callTaskTool(task, params.arguments, context);
    throw new McpError(
      ErrorCode.InvalidParams,
      `Unknown tool: ${params.name.slice(0, 100)}. See tools/list, or find tasks with ${context.words.search}.`,
    );
  });
}

function contextOf(extra: Extra, { caller, parts, toolSet, isOpen }: ServerOptions): ToolContext {
  const ended = new AbortController();
  const end = () => ended.abort(isOpen() ? new CalledOff() : new Error('the session ended'));
  if (extra.signal.aborted) end();
  else extra.signal.addEventListener('abort', end, { once: true });
  return { caller, parts, signal: ended.signal, progress: progressOf(extra, parts), words: wordings[toolSet] };
}

function progressOf({ _meta, sendNotification }: Extra, { logger }: ToolParts): ToolContext['progress'] {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return undefined;
  return growingProgress((progress) => {
    // The client may have gone; the call goes on.
    sendNotification({ method: 'notifications/progress', params: { progressToken, ...progress } }).catch(
      (error: unknown) => logger.debug({ err: error }, 'progress was not sent'),
    );
  });
}

function servePrompts(server: Server): void {
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: [...prompts] }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => {
    const prompt = getPrompt(params.name, params.arguments);
    if (typeof prompt === 'object') return prompt;
    throw new McpError(
      ErrorCode.InvalidParams,
      prompt ?? `Unknown prompt: ${params.name.slice(0, 100)}. See prompts/list.`,
    );
  });
}

function serveResources(server: Server, { caller, parts }: ServerOptions): void {
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: [] }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [...resourceTemplates] }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) => {
    const contents = await readResource(uri, caller, parts);
    if (contents === undefined)
      throw new McpError(RESOURCE_NOT_FOUND, `Unknown resource: ${uri.slice(0, 200)}.`, { uri });
    if (isRefused(contents))
      throw new McpError(RESOURCE_NOT_FOUND, contents.refusal.message, { uri, ...renderRefusal(contents.refusal) });
    return { contents };
  });
}
