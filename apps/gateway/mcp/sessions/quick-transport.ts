/**
 * Streamable HTTP with a short way for what agents do most: one call of a tool that asks for no progress is answered with plain JSON, which the
 * protocol allows. Everything else (hello, streams, batches, progress, goodbye) is the SDK's transport, through which a call costs several times as much.
 */
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { type Transport, type TransportSendOptions } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  type CancelledNotification,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type RequestId,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/sdk/types.js';

export class QuickTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: NonNullable<Transport['onmessage']>;
  /** Calls that came the short way and are not answered yet. */
  private readonly open = new Map<RequestId, ServerResponse>();

  constructor(
    private readonly whole: StreamableHTTPServerTransport,
    readonly sessionId: string,
  ) {}

  async start(): Promise<void> {
    this.whole.onclose = () => this.onclose?.();
    this.whole.onerror = (error) => this.onerror?.(error);
    this.whole.onmessage = (message, extra) => {
      this.onmessage?.(message, extra);
      if (isCancelled(message)) this.letGo(message.params.requestId!);
    };
    await this.whole.start();
  }

  async close(): Promise<void> {
    for (const response of this.open.values()) response.destroy();
    this.open.clear();
    await this.whole.close();
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    const related = options?.relatedRequestId;
    const isAnswer = !('method' in message);
    const response = isAnswer && message.id !== undefined ? this.open.get(message.id) : undefined;
    if (response) return this.answer(response, message as JSONRPCMessage & { id: RequestId });
    // Of a call that came the short way nothing but its answer is told.
    if (!isAnswer && related !== undefined && this.open.has(related)) return;
    await this.whole.send(message, related === undefined ? {} : { relatedRequestId: related });
  }

  async handle(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
    if (!isQuickCall(request, body) || this.open.has(body.id) || !this.onmessage)
      return this.whole.handleRequest(request, response, body);
    this.open.set(body.id, response);
    response.once('close', () => {
      // By then the id may belong to a later call.
      if (this.open.get(body.id) === response) this.open.delete(body.id);
    });
    this.onmessage(body, { requestInfo: { headers: request.headers } });
  }

  /** A call that was taken back is not answered; its connection is free again. */
  private letGo(id: RequestId): void {
    this.open.get(id)?.writeHead(202).end();
    this.open.delete(id);
  }

  private answer(response: ServerResponse, message: JSONRPCMessage & { id: RequestId }): void {
    this.open.delete(message.id);
    if (response.destroyed) return;
    const text = Buffer.from(JSON.stringify(message));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': text.length,
      'mcp-session-id': this.sessionId,
    });
    response.end(text);
  }
}

function isCancelled(message: JSONRPCMessage): message is CancelledNotification & { jsonrpc: '2.0' } {
  return (
    'method' in message && message.method === 'notifications/cancelled' && message.params?.['requestId'] !== undefined
  );
}

/** Whatever is unusual about it goes the whole way, where it is refused in the words of the protocol. */
function isQuickCall({ method, headers }: IncomingMessage, body: unknown): body is JSONRPCRequest {
  if (method !== 'POST' || typeof body !== 'object' || body === null || Array.isArray(body)) return false;
  const { jsonrpc, id, method: asked, params } = body as Partial<JSONRPCRequest>;
  const version = headers['mcp-protocol-version'];
  return (
    jsonrpc === '2.0' &&
    (typeof id === 'string' || Number.isInteger(id)) &&
    asked === 'tools/call' &&
    typeof params === 'object' &&
    params._meta?.progressToken === undefined &&
    accepts(headers.accept) &&
    (version === undefined || SUPPORTED_PROTOCOL_VERSIONS.includes(String(version)))
  );
}

function accepts(accept: string | undefined): boolean {
  return accept !== undefined && accept.includes('application/json') && accept.includes('text/event-stream');
}
