/** An agent, as the platform sees one: a real MCP client over Streamable HTTP. */
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type Progress } from '@modelcontextprotocol/sdk/types.js';
import { type Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { mcpFetch } from '../platform/mcp-fetch.js';

export interface Door {
  mcpUrl: string;
  key: string;
}

/** What a tool says when it could not do what was asked. */
export class ToolError extends Error {
  readonly code: string;
  readonly hint: string;
  constructor(
    readonly tool: string,
    readonly content: { code?: string; message?: string; hint?: string },
  ) {
    super(content.message ?? `${tool} failed`);
    this.code = content.code ?? 'unknown';
    this.hint = content.hint ?? '';
  }
}

/** The longest that one call may take without a sign of life. */
const PATIENCE_MS = 120_000;
const AGAIN_AFTER_MS = 1_000;
/** Refusals of something that will do in a moment. */
const busyCodes: ReadonlySet<string> = new Set(['service.unavailable', 'rate.limited']);

export class Agent {
  private constructor(private readonly client: Client) {}

  static async connect({ mcpUrl, key }: Door): Promise<Agent> {
    const client = new Client({ name: 'tasksmith-demo', version: '1' });
    const headers = { authorization: `Bearer ${key}` };
    const transport = new StreamableHTTPClientTransport(new URL(mcpUrl), { requestInit: { headers }, fetch: mcpFetch });
    await client.connect(transport as Transport);
    return new Agent(client);
  }

  async toolNames(): Promise<string[]> {
    return (await this.client.listTools()).tools.map(({ name }) => name);
  }

  /** @throws ToolError */
  async call<T>(tool: string, args: Record<string, unknown>, onProgress?: (message: string) => void): Promise<T> {
    const patience = { timeout: PATIENCE_MS, resetTimeoutOnProgress: true };
    const onprogress = ({ message = '' }: Progress) => onProgress?.(message);
    const answer = await this.client.callTool(
      { name: tool, arguments: args },
      undefined,
      onProgress ? { ...patience, onprogress } : patience,
    );
    const content = contentOf(answer);
    if (answer.isError) throw new ToolError(tool, content);
    return content as T;
  }

  /** A call that may be made twice, since it only reads or has an idempotency key: made again while the platform is too busy for it. @throws ToolError */
  async callPatiently<T>(tool: string, args: Record<string, unknown>): Promise<T> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await this.call<T>(tool, args);
      } catch (error) {
        const isBusy = error instanceof ToolError && busyCodes.has(error.code);
        if (!isBusy || performance.now() > deadline) throw error;
        await pause(AGAIN_AFTER_MS);
      }
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

type Answer = Awaited<ReturnType<Client['callTool']>>;

/** The same payload stands in both places; some errors come as text alone. */
function contentOf(answer: Answer): Record<string, string> {
  if (answer.structuredContent) return answer.structuredContent as Record<string, string>;
  const text = (answer.content as { text?: string }[])[0]?.text ?? '';
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    return { message: text };
  }
}
