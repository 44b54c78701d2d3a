/** The MCP SDK's own client, connected to a gateway over Streamable HTTP, and calls whose answers are what every answer must be. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { expect } from 'vitest';

export interface Connection {
  key: string;
  query?: string | undefined;
  /** Connected means then that the client hears of changes from now on. */
  onChange?: (() => void) | undefined;
}

export type CallOptions = Parameters<Client['callTool']>[2];

interface Told extends Record<string, unknown> {
  task_id: string;
  status: string;
}

export class McpClients {
  private readonly clients: Client[] = [];

  constructor(private readonly url: string) {}

  async connect({ key, query = '', onChange }: Connection): Promise<Client> {
    const listChanged = onChange && { tools: { autoRefresh: false, debounceMs: 1, onChanged: onChange } };
    const client = new Client({ name: 'test', version: '1' }, listChanged ? { listChanged } : {});
    let listens = () => {};
    const listening = new Promise<void>((resolve) => (listens = resolve));
    const transport = new StreamableHTTPClientTransport(new URL(`${this.url}/mcp${query}`), {
      requestInit: { headers: { authorization: `Bearer ${key}` } },
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        if (init?.method === 'GET') listens();
        return response;
      },
    });
    await client.connect(transport as Transport);
    this.clients.push(client);
    if (onChange) await listening;
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }
}

/** The same members as text and as structured content, and an error exactly when it was no success. */
export async function callTool(client: Client, name: string, args: Record<string, unknown>, options: CallOptions = {}) {
  const answer = (await client.callTool({ name, arguments: args }, undefined, options)) as CallToolResult;
  const fields = answer.structuredContent as Told;
  expect(JSON.parse((answer.content[0] as { text: string }).text)).toEqual(fields);
  expect(fields['success']).toBe(!answer.isError);
  return { isError: answer.isError === true, fields };
}
