/** One session: a client that said hello, its server and its transport, bound to the key that opened it. */
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { QuickTransport } from './quick-transport.js';
import { isSameList, type TaskToolList } from '../task-tools/index.js';
import { mcpServer, type ServerOptions, taskToolsOf } from './mcp-server.js';

export interface SessionOptions extends Omit<ServerOptions, 'isOpen'> {
  /** Called once, when the client was answered its hello. */
  onOpen(session: Session): void;
  onClose(session: Session): void;
  /** False when the key was revoked meanwhile. */
  isStillAllowed(): Promise<boolean>;
}

export class Session {
  readonly id = randomUUID();
  private readonly server: Server;
  private readonly transport: QuickTransport;
  private open = true;
  private underWay = 0;
  private idleSince = performance.now();
  private shown: TaskToolList | undefined;

  constructor(private readonly options: SessionOptions) {
    this.server = mcpServer({ ...options, isOpen: () => this.open });
    const whole = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => this.id,
      onsessioninitialized: () => options.onOpen(this),
      // The client said goodbye: from here on an ending call is no call taken back.
      onsessionclosed: () => void (this.open = false),
    });
    this.transport = new QuickTransport(whole, this.id);
    this.server.onclose = () => this.ended();
    this.server.onerror = (error) => options.parts.logger.debug({ err: error, session: this.id }, 'MCP session');
  }

  get keyId(): string {
    return this.options.caller.keyId;
  }

  /** For how long nothing was asked and nobody listened. */
  get idleMs(): number {
    return this.underWay > 0 ? 0 : performance.now() - this.idleSince;
  }

  connect(): Promise<void> {
    return this.server.connect(this.transport);
  }

  async handle(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
    this.underWay += 1;
    response.once('close', () => {
      this.underWay -= 1;
      this.idleSince = performance.now();
    });
    await this.transport.handle(request, response, body);
  }

  /** Tells the client when its task tools are others than those it knows. */
  async tellChanges(): Promise<void> {
    const now = taskToolsOf({ ...this.options, isOpen: () => this.open });
    if (!this.open || (this.shown && isSameList(this.shown, now))) return;
    this.shown = now;
    await this.server.sendToolListChanged();
  }

  /** What the client can know so far. */
  noteTools(): void {
    this.shown = taskToolsOf({ ...this.options, isOpen: () => this.open });
  }

  isStillAllowed(): Promise<boolean> {
    return this.options.isStillAllowed();
  }

  async close(): Promise<void> {
    this.open = false;
    await this.server.close();
  }

  private ended(): void {
    this.open = false;
    this.options.onClose(this);
  }
}
