/** An agent with the tool set mcs is sent to tools of that tool set only. */
import { type Client } from '@modelcontextprotocol/sdk/client/index.js';
import { type CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ListDeployments } from '#contracts';
import { mcsTools } from '../../apps/gateway/mcp/mcs/index.js';
import { nativeTools } from '../../apps/gateway/mcp/tools/index.js';
import { GatewayFixture } from './mcp-gateway.fixture.js';

const world = new GatewayFixture();
const others = nativeTools.map(({ name }) => name).filter((name) => !mcsTools.some((tool) => tool.name === name));
let agent: Client;

beforeAll(async () => {
  const key = await world.key('operator', 'operator');
  await world.publish('add');
  world.answer(ListDeployments, () => ({ items: [], next: null, total: 0 }));
  await world.start();
  agent = await world.client(key, { query: '?toolset=mcs' });
});
afterAll(() => world.stop());

async function call(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
  return ((await agent.callTool({ name, arguments: args })) as CallToolResult).structuredContent!;
}

const adviceIn = ({ message, hint }: Record<string, unknown>): string => [message, hint].join(' ');

function expectNamesOfMcs(advice: string, wanted: string): void {
  expect(advice).toContain(wanted);
  expect(others.filter((name) => advice.includes(name))).toEqual([]);
  expect(advice).not.toContain('wait_ms');
}

it('after a run was sent and while it lasts', async () => {
  const sent = await call('send_celery_task', { task_name: 'add' });
  expectNamesOfMcs(adviceIn(sent), 'get_celery_result');
  expectNamesOfMcs(adviceIn(await call('get_celery_result', { task_id: sent['task_id'] })), 'get_celery_result');
});

it.each(['dead-lettered', 'cancelled'])('when a run was %s', async (status) => {
  const { task_id: id } = await call('send_celery_task', { task_name: 'add' });
  world.change(id as string, { status, attempt: 2, finishedAt: 2 });
  expectNamesOfMcs(adviceIn(await call('get_celery_result', { task_id: id })), 'trigger_celery_task');
});

it('when there is nothing to deploy or to stop', async () => {
  const given = { task_name: 'sum', description: 'Adds.', parameters: [], queue: 'math' };
  expectNamesOfMcs(adviceIn(await call('deploy_task', given)), 'generate_startMain_code');
  expectNamesOfMcs(adviceIn(await call('stop_deployed_task', {})), 'list_deployed_tasks');
  expectNamesOfMcs(adviceIn(await call('stop_deployed_task', { task_name: 'gone' })), 'list_deployed_tasks');
});

it('when there is no such tool', async () => {
  const refused = agent.callTool({ name: 'trigger_task', arguments: { task_name: 'add' } });
  await expect(refused).rejects.toThrow(/find tasks with get_available_tasks/);
});
