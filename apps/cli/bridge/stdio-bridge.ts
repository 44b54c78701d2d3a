/**
 * `tasksmith mcp`: an MCP server over stdio for the agent, an MCP client over Streamable HTTP for the gateway, and everything passed on between the two.
 * What only works on the agent's machine is done here: reading a code folder, and saving generated code. stdout carries protocol and nothing else.
 */
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { type RequestHandlerExtra, type RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import { type Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  type CallToolResult,
  type JSONRPCRequest,
  McpError,
  type Notification,
  type Progress,
  type Request,
  type Result,
} from '@modelcontextprotocol/sdk/types.js';
import { isRefused } from '#contracts';
import { explained, toolErrorOfFailure } from './failures.js';
import { GatewayLink } from './gateway-link.js';
import { withFilesOfFolder } from './local-folder.js';
import { savedLocally } from './save-generated.js';
import { toolErrorOf } from './tool-error.js';

export interface BridgeOptions {
  mcpUrl: string;
  apiKey: string;
  toolset: 'native' | 'mcs';
  /** Which tasks become tools of their own: `all`, `none`, `category:math`, or names. Default: what the gateway chooses. */
  tasks?: string;
  /** Where generated code is saved. */
  cwd: string;
  version: string;
  log: (message: string) => void;
}

type Extra = RequestHandlerExtra<Request, Notification>;

/** Without a sign of life for so long, a call is given up; the gateway sends progress every few seconds. */
const SILENCE_MS = 180_000;
/** Agents give up on a server that takes long to start. */
const START_PATIENCE_MS = 5_000;
const listChanges = ['tools', 'prompts', 'resources'].map((list) => `notifications/${list}/list_changed`);
const instructionsFallback =
  'Tasksmith turns code into tasks that can be called. The gateway could not be reached yet; the tools appear once it can.';

export class StdioBridge {
  private readonly link: GatewayLink;
  private server: Server | undefined;

  constructor(private readonly options: BridgeOptions) {
    this.link = new GatewayLink({
      url: urlOf(options),
      apiKey: options.apiKey,
      onNotification: (notification) => this.tell(notification),
      onReopened: () => listChanges.forEach((method) => this.tell({ method })),
      log: options.log,
    });
  }

  /** Serves until the transport closes or `stop` is called. */
  async serve(transport: Transport): Promise<void> {
    const { version, log } = this.options;
    const server = new Server(
      { name: 'tasksmith', version },
      {
        capabilities: {
          tools: { listChanged: true },
          prompts: { listChanged: true },
          resources: { listChanged: true },
        },
        instructions: await this.instructions(),
      },
    );
    server.fallbackRequestHandler = (request, extra) => this.answer(request, extra as Extra);
    server.fallbackNotificationHandler = async (notification) => this.pass(notification as Notification);
    server.onerror = (error) => log(error.message);
    this.server = server;
    const closed = new Promise<void>((resolve) => (server.onclose = resolve));
    await server.connect(transport);
    await closed;
    await this.link.close();
  }

  async stop(): Promise<void> {
    await this.server?.close();
    await this.link.close();
  }

  /** An agent is never kept waiting for a gateway that is down: it starts without, and is told when that has changed. */
  private async instructions(): Promise<string> {
    try {
      return (await this.link.introduction(START_PATIENCE_MS)).instructions ?? '';
    } catch (error) {
      this.options.log(explained(error).message);
      return instructionsFallback;
    }
  }

  private async answer(request: JSONRPCRequest, extra: Extra): Promise<Result> {
    if (request.method === 'tools/call') return this.callTool(request, extra);
    try {
      return await this.forward(request, extra);
    } catch (error) {
      throw protocolError(error);
    }
  }

  private async callTool(request: JSONRPCRequest, extra: Extra): Promise<Result> {
    const { name, arguments: given = {} } = request.params as { name: string; arguments?: Record<string, unknown> };
    const args = name === 'deploy_task' ? withFilesOfFolder(given) : given;
    if (isRefused(args)) return toolErrorOf(args);
    try {
      const result = await this.forward({ ...request, params: { ...request.params, arguments: args } }, extra);
      return name === 'generate_startMain_code' && this.options.toolset === 'mcs'
        ? savedLocally(result as CallToolResult, args, this.options.cwd)
        : result;
    } catch (error) {
      if (error instanceof McpError) throw protocolError(error);
      return toolErrorOfFailure(error, name);
    }
  }

  private forward({ method, params }: JSONRPCRequest, extra: Extra): Promise<Result> {
    const token = extra._meta?.progressToken;
    const report = (progress: Progress) =>
      void extra
        .sendNotification({ method: 'notifications/progress', params: { ...progress, progressToken: token } })
        .catch((error: unknown) => this.options.log(String(error)));
    const options: RequestOptions = { signal: extra.signal, timeout: SILENCE_MS, resetTimeoutOnProgress: true };
    return this.link.request(
      { method, ...(params && { params }) },
      token === undefined ? options : { ...options, onprogress: report },
    );
  }

  /** Of the agent's notifications, those that the SDK does not handle itself. */
  private async pass(notification: Notification): Promise<void> {
    await this.link.notify(notification).catch((error: unknown) => this.options.log(explained(error).message));
  }

  private tell(notification: Notification): void {
    this.server?.notification(notification).catch((error: unknown) => this.options.log(String(error)));
  }
}

function urlOf({ mcpUrl, toolset, tasks }: BridgeOptions): URL {
  const url = new URL(mcpUrl);
  if (toolset === 'mcs') url.searchParams.set('toolset', toolset);
  if (tasks !== undefined) url.searchParams.set('tasks', tasks);
  return url;
}

/** The SDK puts the code before the message of an error that it received; sent on as it is, it would stand there twice. */
function protocolError(error: unknown): Error {
  if (!(error instanceof McpError)) {
    const { message, retryable } = explained(error);
    return Object.assign(new Error(message), { code: -32_603, data: { retryable } });
  }
  const message = error.message.replace(/^MCP error -?\d+: /, '');
  return Object.assign(new Error(message), {
    code: error.code,
    ...(error.data === undefined ? {} : { data: error.data }),
  });
}
