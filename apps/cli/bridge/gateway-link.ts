/**
 * The bridge's line to the gateway: one MCP session over Streamable HTTP, opened when first needed and opened anew when the gateway has restarted.
 * A request that surely never arrived is sent again; one that was under way when the line broke fails, since it may have done its work.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport, StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import { type Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  ErrorCode,
  McpError,
  type Notification,
  type Request,
  type Result,
  ResultSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { mcpFetch } from '../platform/mcp-fetch.js';

export interface GatewayLinkOptions {
  url: URL;
  apiKey: string;
  /** What the gateway tells without having been asked: list changes, log lines. */
  onNotification: (notification: Notification) => void;
  /** A session was opened after another had been lost. */
  onReopened: () => void;
  log: (message: string) => void;
}

/** The request did not arrive: nothing was done. */
export class GatewayUnreachable extends Error {}
/** The line broke while the request was under way: nobody knows here whether it was done. */
export class GatewayLost extends Error {}
/** The gateway does not want this caller. */
export class GatewayRefused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

interface Session {
  client: Client;
  transport: StreamableHTTPClientTransport;
}

/** How long a request waits for a gateway that is starting again. */
const PATIENCE_MS = 15_000;
const PING_MS = 3_000;
const BUSY_PAUSE_MS = 250;
/** Statuses that trying again does not change. */
const refusals = new Set([400, 401, 403, 404, 405, 413, 415]);
const delays = { firstMs: 100, growth: 2, mostMs: 2_000 };

export class GatewayLink {
  private opening: Promise<Session> | undefined;
  private wasOpen = false;
  private closed = false;
  private lastFailure = 'no answer';

  constructor(private readonly options: GatewayLinkOptions) {}

  /** The gateway's own words about itself; throws like `request`. */
  async introduction(patienceMs: number): Promise<{ instructions: string | undefined }> {
    const { client } = await this.session(patienceMs);
    return { instructions: client.getInstructions() };
  }

  /** @throws GatewayUnreachable, GatewayLost, GatewayRefused; McpError is the gateway's own answer. */
  async request(request: Request, options: RequestOptions): Promise<Result> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const session = await this.session(deadline - performance.now());
      try {
        return await session.client.request(request, ResultSchema, options);
      } catch (error) {
        const reason = notLookedAt(error);
        if (!reason) throw translated(error);
        if (performance.now() > deadline) throw new GatewayUnreachable(messageOf(error));
        if (reason === 'session-gone') await this.drop(session);
        else await pause(BUSY_PAUSE_MS);
      }
    }
  }

  async notify(notification: Notification): Promise<void> {
    const { client } = await this.session(0);
    await client.notification(notification);
  }

  /** Ends the session at the gateway too; safe to call twice. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const session = await within(this.opening, 0).catch(() => undefined);
    if (!session) return;
    session.client.onerror = () => undefined;
    await Promise.race([session.transport.terminateSession().catch(() => undefined), pause(1_000)]);
    await session.client.close();
  }

  /** The open session, else the next one that can be opened in so much time; opening goes on when the time is over. */
  private async session(patienceMs: number): Promise<Session> {
    this.opening ??= this.openAtLast();
    const session = await within(this.opening, patienceMs);
    if (session) return session;
    throw new GatewayUnreachable(this.lastFailure);
  }

  private openAtLast(): Promise<Session> {
    const opening = this.tryUntilOpen();
    // Refused: the next request tries again. Whoever waits for the promise sees the refusal there.
    opening.catch(() => (this.opening = undefined));
    return opening;
  }

  private async tryUntilOpen(): Promise<Session> {
    for (let delayMs = delays.firstMs; ; delayMs = Math.min(delayMs * delays.growth, delays.mostMs)) {
      try {
        return await this.open();
      } catch (error) {
        const known = translated(error);
        if (known instanceof GatewayRefused || this.closed) throw known;
        this.lastFailure = messageOf(error);
        await pause(delayMs, undefined, { ref: false });
      }
    }
  }

  private async open(): Promise<Session> {
    const { url, apiKey } = this.options;
    const headers = { authorization: `Bearer ${apiKey}` };
    const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers }, fetch: mcpFetch });
    const client = new Client({ name: 'tasksmith-bridge', version: '1' });
    client.fallbackNotificationHandler = async (notification) =>
      this.options.onNotification(notification as Notification);
    await client.connect(transport as Transport);
    const session = { client, transport };
    // Streams end quietly for the requests that wait on them: asking is the only way to know whether the session lives.
    client.onerror = (error) => void this.examine(session, error);
    if (this.wasOpen) this.options.onReopened();
    this.wasOpen = true;
    return session;
  }

  private async examine(session: Session, error: Error): Promise<void> {
    if (this.closed || !(await this.isCurrent(session))) return;
    const lives = await session.client.ping({ timeout: PING_MS }).then(
      () => true,
      () => false,
    );
    if (lives) return;
    this.options.log(`the gateway is gone (${messageOf(error)}); a new session will be opened`);
    await this.drop(session);
    // Also when nobody asks: list changes have to come through.
    this.opening ??= this.openAtLast();
  }

  /** Requests that still wait on the session fail. */
  private async drop(session: Session): Promise<void> {
    if (await this.isCurrent(session)) this.opening = undefined;
    session.client.onerror = () => undefined;
    await session.client.close();
  }

  private async isCurrent(session: Session): Promise<boolean> {
    return (await within(this.opening, 0).catch(() => undefined)) === session;
  }
}

/** Why a request was surely not looked at; undefined when it may have been. */
function notLookedAt(error: unknown): 'session-gone' | 'busy' | undefined {
  if (error instanceof StreamableHTTPError) {
    if (error.code === 404) return 'session-gone';
    return error.code === 503 || error.code === 429 ? 'busy' : undefined;
  }
  const { cause } = error as { cause?: { code?: string } };
  return cause?.code === 'ECONNREFUSED' ? 'session-gone' : undefined;
}

/** Undefined when the time is over first. */
async function within<T>(promise: Promise<T> | undefined, ms: number): Promise<T | undefined> {
  const over = new AbortController();
  try {
    return await Promise.race([promise, pause(ms, undefined, { signal: over.signal }).catch(() => undefined)]);
  } finally {
    over.abort();
  }
}

function translated(error: unknown): unknown {
  if (error instanceof StreamableHTTPError && error.code !== undefined && refusals.has(error.code))
    return new GatewayRefused(error.code, detailOf(error.message));
  if (error instanceof McpError && error.code !== (ErrorCode.ConnectionClosed as number)) return error;
  return new GatewayLost(messageOf(error));
}

/** What a problem document says, when the answer holds one. */
function detailOf(message: string): string {
  const json = message.slice(message.indexOf('{'));
  try {
    const { detail, hint } = JSON.parse(json) as { detail?: string; hint?: string };
    return [detail, hint].filter(Boolean).join(' ') || message;
  } catch {
    return message;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
