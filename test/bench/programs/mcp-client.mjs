// The same call of the same task three ways, on connections that stay open: REST, bare JSON-RPC over Streamable HTTP, and the MCP SDK's client.
// Settings: TASKSMITH_API, TASKSMITH_MCP, TASKSMITH_KEY, TASK.
import { Agent, request } from 'node:http';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { singles } from './loops.mjs';
import { serve } from './serve.mjs';

const { TASKSMITH_API: api, TASKSMITH_MCP: mcp, TASKSMITH_KEY: key, TASK: task } = process.env;
const agent = new Agent({ keepAlive: true });
const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
const rpcHeaders = { ...headers, accept: 'application/json, text/event-stream' };
let id = 0;

const hello = await post(mcp, rpcHeaders, {
  jsonrpc: '2.0',
  id: ++id,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
});
const inSession = {
  ...rpcHeaders,
  'mcp-session-id': hello.headers['mcp-session-id'],
  'mcp-protocol-version': '2025-06-18',
};
await post(mcp, inSession, { jsonrpc: '2.0', method: 'notifications/initialized' });

const client = new Client({ name: 'bench', version: '1' });
await client.connect(new StreamableHTTPClientTransport(new URL(mcp), { requestInit: { headers } }));

await serve(
  {
    rest: singles(async (a, b) => {
      const { text } = await post(`${api}/runs`, { ...headers, prefer: 'wait=60' }, { task, arguments: { a, b } });
      return JSON.parse(text).result;
    }),
    bare: singles(async (a, b) => {
      const call = { jsonrpc: '2.0', id: ++id, method: 'tools/call', params: toolCall(a, b) };
      const { text } = await post(mcp, inSession, call);
      return messageIn(text).result.structuredContent.result;
    }),
    sdk: singles(async (a, b) => (await client.callTool(toolCall(a, b))).structuredContent.result),
  },
  async () => {
    await client.close();
    agent.destroy();
  },
);

function toolCall(a, b) {
  return { name: 'trigger_task', arguments: { task_name: task, kwargs: { a, b } } };
}

/** The answer is JSON, or an event stream of which the last message is the answer. */
function messageIn(text) {
  if (!text.includes('data: ')) return JSON.parse(text);
  return JSON.parse(text.trimEnd().split('data: ').at(-1));
}

function post(url, withHeaders, body) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers: withHeaders }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode < 300) resolve({ text, headers: response.headers });
        else reject(new Error(`${url}: ${response.statusCode} ${text.slice(0, 500)}`));
      });
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}
