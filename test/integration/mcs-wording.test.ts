/** An agent with the tool set mcs is sent to tools of that tool set only. */
import { type Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { mcsTools } from '../../apps/gateway/mcp/mcs/index.js';
import { nativeTools } from '../../apps/gateway/mcp/tools/index.js';
import { callTool, McpClients } from './mcp-clients.fixture.js';
import { PlatformFixture } from './platform.fixture.js';

const others = nativeTools.map(({ name }) => name).filter((name) => !mcsTools.some((tool) => tool.name === name));
const main = 'from tasksmith import task\n\n@task\ndef fail() -> None:\n    raise ValueError("no")\n';
const policies = { maxAttempts: 2, backoff: { kind: 'fixed', delayMs: 1 } };
let world: PlatformFixture;
let clients: McpClients;
let agent: Client;

beforeAll(async () => {
  world = await PlatformFixture.open();
  await world.start('registry', 'dispatcher', 'deployer');
  await world.startGateway();
  clients = new McpClients(world.url);
  const { key } = await world.createKey('operator', 'operator');
  agent = await clients.connect({ key, query: '?toolset=mcs' });
  await world.ask('POST', '/tasks', { body: { name: 'add', description: 'Adds.', queue: 'elsewhere' } });
  await world.deploy({
    task: 'fail',
    queue: 'math',
    runtime: 'python',
    files: [
      { path: 'main.py', content: main },
      { path: 'tasksmith.json', content: JSON.stringify({ tasks: [{ name: 'fail', policies }] }) },
    ],
  });
});
afterAll(async () => {
  await clients?.close();
  await world?.close();
});

const call = async (name: string, args: Record<string, unknown>) => (await callTool(agent, name, args)).fields;

/** Once the run is as wanted. */
const resultOf = (runId: string, status: string) =>
  vi.waitFor(
    async () => {
      const result = await call('get_celery_result', { task_id: runId });
      const run = await world.ask<{ status: string }>('GET', `/runs/${runId}`);
      expect(run.body.status).toBe(status);
      return result;
    },
    { timeout: 15_000, interval: 50 },
  );

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

it('when a run was dead-lettered', async () => {
  const { task_id: runId } = await call('send_celery_task', { task_name: 'fail' });
  await resultOf(runId, 'dead-lettered');
  expectNamesOfMcs(adviceIn(await resultOf(runId, 'dead-lettered')), 'trigger_celery_task');
});

it('when a run was cancelled', async () => {
  const { task_id: runId } = await call('send_celery_task', { task_name: 'add' });
  await world.ask('POST', `/runs/${runId}/cancel`);
  expectNamesOfMcs(adviceIn(await resultOf(runId, 'cancelled')), 'trigger_celery_task');
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
