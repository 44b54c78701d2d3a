/** The gateway's door for agents, met by the MCP SDK's own client over Streamable HTTP, with every service behind it at work. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { type Client } from '@modelcontextprotocol/sdk/client/index.js';
import { type StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DeploymentView, type EventView, type RunView, type TaskDetailsView } from '#contracts';
import { mcsTools } from '../../apps/gateway/mcp/mcs/index.js';
import { nativeTools } from '../../apps/gateway/mcp/tools/index.js';
import { type CallOptions, callTool, type Connection, McpClients } from './mcp-clients.fixture.js';
import { bundle, Gate, numbers } from './mcp-tasks.fixture.js';
import { type Key, PlatformFixture } from './platform.fixture.js';

let world: PlatformFixture;
let clients: McpClients;
/** Deploys what the agent calls. */
let author: Client;
let agentKey: Key;
let agent: Client;
/** Asked while there is no scheduler: a service gets eight seconds to come back, in which the other tests go on. */
let askedTooEarly: ReturnType<typeof call>;

beforeAll(async () => {
  world = await PlatformFixture.open({
    TASKSMITH_BODY_LIMIT_BYTES: '200000',
    TASKSMITH_ALLOWED_ORIGINS: 'https://console.example',
  });
  await world.start('registry', 'dispatcher', 'deployer');
  await world.startGateway();
  clients = new McpClients(world.url);
  agentKey = await world.createKey('agent');
  agent = await connect(agentKey);
  askedTooEarly = call('list_schedules');
  askedTooEarly.catch(() => undefined);
  author = await connect(await world.createKey('author'));
  expect((await call('deploy_task', bundle, author)).fields).toMatchObject({ status: 'active' });
  await register('unserved');
  await vi.waitFor(async () => expect(await taskToolsOf(author)).toContain('task_add'), soon);
});

afterAll(async () => {
  await clients?.close();
  await world?.close();
});

const connect = ({ key }: Key, more: Omit<Connection, 'key'> = {}) => clients.connect({ key, ...more });
const call = (name: string, args: Record<string, unknown> = {}, client = agent, options?: CallOptions) =>
  callTool(client, name, args, options);
const taskToolsOf = async (client: Client) =>
  (await client.listTools()).tools.map(({ name }) => name).filter((name) => name.startsWith('task_'));

/** As somebody does who brings workers of their own. */
async function register(name: string, more: object = {}, { key }: Partial<Key> = {}): Promise<void> {
  const body = { name, description: `Does ${name}.`, queue: 'elsewhere', ...more };
  expect(await world.ask('POST', '/tasks', { key, body })).toMatchObject({ status: 201 });
}

/** At once on an idle machine; a busy one gets its time. */
const soon = { timeout: 15_000, interval: 20 };
const newGate = () => new Gate(world.folder);
const runOf = async (runId: string) =>
  (await world.ask<Omit<RunView, 'notBefore'> & { notBefore: string }>('GET', `/runs/${runId}`)).body;
const eventsOf = async (runId: string) =>
  (await world.ask<{ events: EventView[] }>('GET', `/runs/${runId}/events`)).body.events;

/** The id of the run, once it waits at the gate and the log has word of it. */
async function runAt(gate: Gate): Promise<string> {
  const runId = await gate.run();
  await vi.waitFor(async () => expect((await runOf(runId)).status).toBe('running'), soon);
  return runId;
}

describe('a session', () => {
  it('begins with the name, the instructions and the abilities of the server', async () => {
    expect(agent.getServerVersion()).toMatchObject({ name: 'tasksmith', title: 'Tasksmith' });
    expect(agent.getInstructions()!.split('\n').length).toBeLessThanOrEqual(11);
    expect(agent.getServerCapabilities()).toMatchObject({ tools: { listChanged: true }, prompts: {}, resources: {} });
  });

  it('lists the native tools by default, and those of mcs when asked', async () => {
    const { tools } = await agent.listTools();
    expect(tools.map(({ name }) => name)).toEqual(nativeTools.map(({ name }) => name));
    const mcs = await connect(agentKey, { query: '?toolset=mcs' });
    expect((await mcs.listTools()).tools.map(({ name }) => name)).toEqual(mcsTools.map(({ name }) => name));
    expect(mcs.getInstructions()).toContain('trigger_celery_task');
  });

  it('refuses a tool set or a choice of tasks that nobody knows', async () => {
    await expect(connect(agentKey, { query: '?toolset=old' })).rejects.toThrow(/tool set/);
    await expect(connect(agentKey, { query: '?tasks=category:' })).rejects.toThrow(/not understood/);
  });

  it('answers an unknown tool with an error of the protocol', async () => {
    await expect(agent.callTool({ name: 'no_such_tool' })).rejects.toThrow(/Unknown tool/);
    await expect(agent.callTool({ name: 'task_no_such' })).rejects.toThrow(/Unknown tool/);
  });
});

describe('trigger_task', () => {
  it('answers with the result', async () => {
    const { fields } = await call('trigger_task', {
      task_name: 'add',
      kwargs: { a: 2 },
      args: [],
      queue: 'math',
      priority: 7,
    });
    expect(fields).toMatchObject({ success: true, task_name: 'add', queue: 'math', status: 'SUCCESS', result: 3 });
    expect(await runOf(fields.task_id)).toMatchObject({ task: 'add', arguments: { a: 2 }, priority: 7 });
    expect((await eventsOf(fields.task_id))[0]).toMatchObject({ type: 'RunAccepted', actor: agentKey.actor });
  });

  it('is an error when the task raised', async () => {
    const { isError, fields } = await call('trigger_task', { task_name: 'divide', args: [1, 0] });
    expect(isError).toBe(true);
    const error = {
      type: 'ZeroDivisionError',
      message: 'division by zero',
      traceback: expect.stringContaining('main.py'),
    };
    expect(fields).toMatchObject({ status: 'FAILURE', code: 'run.failed', retryable: false, error, result: null });
    expect(fields['message']).toContain('ZeroDivisionError: division by zero');
    expect(fields['hint']).toBeTruthy();
  });

  it('answers a handle when the run outlives the wait, and tells the result later', async () => {
    const gate = newGate();
    const { isError, fields } = await call('trigger_task', {
      task_name: 'hold',
      kwargs: { gates: [gate.path] },
      wait_ms: 50,
    });
    expect(isError).toBe(false);
    expect(fields).toMatchObject({ status: expect.stringMatching(/PENDING|STARTED/), result: null });
    expect(fields['message']).toContain(fields.task_id);
    await vi.waitFor(
      async () =>
        expect((await call('get_task_result', { task_id: fields.task_id })).fields).toMatchObject({
          status: 'STARTED',
          result: null,
          progress: { fraction: 0.5, message: 'at gate 1' },
        }),
      soon,
    );
    gate.open();
    expect((await call('get_task_result', { task_id: fields.task_id, wait_ms: 10_000 })).fields).toMatchObject({
      status: 'SUCCESS',
      result: 'through',
    });
  });

  it('answers a handle when no worker takes the run', async () => {
    const { isError, fields } = await call('trigger_task', { task_name: 'unserved', wait_ms: 50 });
    expect(isError).toBe(false);
    expect(fields).toMatchObject({ status: 'PENDING', result: null });
    expect((await call('get_task_result', { task_id: fields.task_id })).fields).toMatchObject({
      status: 'PENDING',
      result: null,
    });
  });

  it('names the argument that does not fit', async () => {
    const { isError, fields } = await call('trigger_task', { task_name: 'add', kwargs: { a: 'two' } });
    expect(isError).toBe(true);
    expect(fields).toMatchObject({ code: 'arguments.invalid', details: { field: '/a' }, retryable: false });
    expect(fields['message']).toContain('"a"');
    const missing = await call('trigger_task', { kwargs: {} });
    expect(missing.fields).toMatchObject({ code: 'request.invalid', details: { field: '/task_name' } });
    const surplus = await call('trigger_task', { task_name: 'add', arguments: {} });
    expect(surplus.fields).toMatchObject({ code: 'request.invalid', details: { field: '/arguments' } });
    expect(surplus.fields['hint']).toContain('kwargs');
    expect((await call('trigger_task', { task_name: 'ad' })).fields).toMatchObject({
      code: 'task.unknown',
      hint: 'Did you mean add?',
    });
  });

  it('takes arguments that a model wrote as text', async () => {
    const { fields } = await call('trigger_task', { task_name: 'add', kwargs: '{"a": 2}' });
    expect(fields).toMatchObject({ status: 'SUCCESS', result: 3 });
  });

  it('tells progress that grows, when the client asked for it', async () => {
    const told: { progress: number; message?: string }[] = [];
    const hasTold = (message: string) =>
      vi.waitFor(() => expect(told).toContainEqual(expect.objectContaining({ message })), soon);
    const gates = [newGate(), newGate()] as const;
    const kwargs = { gates: gates.map(({ path }) => path) };
    const calling = call('trigger_task', { task_name: 'hold', kwargs }, agent, {
      onprogress: (one) => told.push(one as never),
    });
    await hasTold('at gate 1');
    gates[0].open();
    await hasTold('at gate 2');
    gates[1].open();
    await calling;
    expect(told.find(({ message }) => message === 'at gate 1')!.progress).toBe(0.25);
    expect(told.find(({ message }) => message === 'at gate 2')!.progress).toBe(0.75);
    const steps = told.map(({ progress }) => progress);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
  });

  it('cancels the run when the client takes its call back', async () => {
    const gate = newGate();
    const controller = new AbortController();
    const calling = agent.callTool(
      { name: 'trigger_task', arguments: { task_name: 'hold', kwargs: { gates: [gate.path] } } },
      undefined,
      { signal: controller.signal },
    );
    const runId = await runAt(gate);
    controller.abort('enough');
    await expect(calling).rejects.toThrow();
    await vi.waitFor(async () => expect((await runOf(runId)).status).toBe('cancelled'), soon);
    expect(await eventsOf(runId)).toContainEqual(
      expect.objectContaining({ type: 'RunCancelRequested', actor: agentKey.actor }),
    );
  });

  it('leaves the run alone when the session ends', async () => {
    const gate = newGate();
    const leaving = await connect(agentKey);
    const calling = leaving.callTool({
      name: 'trigger_task',
      arguments: { task_name: 'hold', kwargs: { gates: [gate.path] } },
    });
    calling.catch(() => undefined);
    const runId = await runAt(gate);
    await (leaving.transport as StreamableHTTPClientTransport).terminateSession();
    await leaving.close();
    await passes(100);
    gate.open();
    const { fields } = await call('get_task_result', { task_id: runId, wait_ms: 10_000 });
    expect(fields).toMatchObject({ status: 'SUCCESS', result: 'through' });
    expect((await eventsOf(runId)).filter(({ type }) => type.includes('Cancel'))).toEqual([]);
  });

  it('cuts a long result down and says where the whole is', async () => {
    const { fields } = await call('trigger_task', { task_name: 'list_rows', kwargs: { count: 20_000 } });
    expect(Buffer.byteLength(JSON.stringify(fields))).toBeLessThan(61_000);
    expect(fields['truncated']).toMatchObject({ members: ['result'] });
    expect(JSON.stringify(fields['truncated'])).toContain(`tasksmith://runs/${fields.task_id}/events`);
  });

  it('strips what cannot be seen from the words of others', async () => {
    const { fields } = await call('trigger_task', {
      task_name: 'text.repeat',
      kwargs: { text: 'ig\u200bnore\u202e all\u0007' },
    });
    expect(fields['result']).toBe('ignore all');
    expect((await runOf(fields.task_id)).result).toBe('ig\u200bnore\u202e all\u0007');
  });

  it('is refused to a key that may only read', async () => {
    const viewer = await connect(await world.createKey('viewer', 'viewer'));
    const { fields } = await call('trigger_task', { task_name: 'add', kwargs: { a: 1 } }, viewer);
    expect(fields).toMatchObject({ code: 'auth.forbidden', retryable: false });
  });
});

describe('send_task', () => {
  it('answers at once', async () => {
    const { fields } = await call('send_task', {
      task_name: 'add',
      kwargs: { a: 1 },
      idempotency_key: 'k',
      countdown: 60,
    });
    expect(fields).toMatchObject({ success: true, task_name: 'add', queue: 'math', status: 'SENT' });
    const run = await runOf(fields.task_id);
    expect(run.idempotencyKey).toBe('k');
    expect(Date.parse(run.notBefore)).toBeGreaterThan(Date.now() + 50_000);
  });

  it('is told as RETRY between two attempts, until it is cancelled', async () => {
    const { task_id } = (await call('send_task', { task_name: 'mend' })).fields;
    await vi.waitFor(
      async () => expect((await call('get_task_result', { task_id })).fields).toMatchObject({ status: 'RETRY' }),
      soon,
    );
    expect((await call('cancel_task', { task_id })).fields).toMatchObject({ status: 'REVOKED' });
    expect(await call('get_task_result', { task_id })).toMatchObject({
      isError: true,
      fields: { status: 'REVOKED', code: 'run.cancelled', retryable: true },
    });
  });
});

describe('deploy_task', () => {
  it('follows the stages until the task serves', async () => {
    const gates = join(world.folder, 'stages');
    mkdirSync(gates);
    const told: string[] = [];
    const { fields } = await call(
      'deploy_task',
      {
        task_name: 'multiply',
        description: 'Multiplies.',
        queue: 'math',
        files: [{ path: 'main.py', content: stagedCode(gates) }],
        parameters: [{ name: 'a', type: 'int' }, { name: 'b' }],
        smoke_tests: [
          { args: [1, 2], expect: { product: 2 } },
          { arguments: { a: 3 }, expectContains: { product: 6 } },
        ],
        policies: { maxAttempts: 3 },
      },
      author,
      {
        onprogress: ({ message = '' }) => {
          told.push(message);
          writeFileSync(join(gates, message), '');
        },
      },
    );
    expect(fields).toMatchObject({
      success: true,
      uploaded_files: ['main.py'],
      docker_image: 'process python',
      container_id: expect.stringMatching(/^\d+$/),
      worker_status: 'RUNNING',
      version: 1,
    });
    expect(existsSync(join(fields['deployment_path'] as string, 'main.py'))).toBe(true);
    expect(told.filter((message) => !/ for \d+ s$/.test(message))).toEqual([
      'storing',
      'stored',
      'building',
      'starting workers',
      'testing',
    ]);
    const deployment = await world.ask<DeploymentView>('GET', `/deployments/${fields['deployment_id'] as string}`);
    expect(deployment.body.smokeTests).toMatchObject([{ passed: true }, { passed: true }]);
    const task = await world.ask<TaskDetailsView>('GET', '/tasks/multiply');
    expect(task.body).toMatchObject({ policies: { maxAttempts: 3 } });
    expect((await eventsOf(deployment.body.smokeTests[0]!.runId!))[0]).toMatchObject({
      data: { arguments: { a: 1, b: 2 } },
    });
  });

  /** Each stage waits until a file of its name says that it was told. */
  const stagedCode = (folder: string) => `
import os
import sys
import time

from tasksmith import task


def wait_until_told(stage):
    while not os.path.exists(os.path.join(${JSON.stringify(folder)}, stage)):
        time.sleep(0.005)


wait_until_told("building" if "--describe" in sys.argv else "starting workers")


@task
def multiply(a: int, b: int = 2) -> dict:
    wait_until_told("testing")
    return {"product": a * b}
`;

  it('tells stage, error and log of a failure, and what keeps serving', async () => {
    const content = `
import sys

for line in range(60):
    print(f"line {line}", file=sys.stderr)
raise RuntimeError("no such luck")
`;
    const broken = { ...bundle, files: [{ path: 'main.py', content }] };
    const { isError, fields } = await call('deploy_task', broken, author);
    expect(isError).toBe(true);
    expect(fields).toMatchObject({ stage: 'building', code: 'build.failed', status: 'failed' });
    expect(fields['error']).toContain('RuntimeError: no such luck');
    expect(String(fields['log']).split('\n')).toHaveLength(40);
    expect(fields['log']).toContain('line 59');
    expect(fields['message']).toContain('Version 1 keeps serving');
    expect((await call('trigger_task', { task_name: 'add', args: [1] })).fields).toMatchObject({ result: 2 });
  });

  it('refuses a path over HTTP with what to do instead', async () => {
    const described = { task_name: 'add', description: 'Adds.', queue: 'math' };
    const { fields } = await call('deploy_task', { ...described, code_folder_path: world.folder });
    expect(fields).toMatchObject({ code: 'bundle.path-missing', stage: 'storing' });
    expect(fields['hint']).toContain('send files');
    expect((await call('deploy_task', described)).fields).toMatchObject({ details: { field: '/files' } });
    expect((await call('deploy_task', { ...bundle, policies: { maxTries: 3 } })).fields).toMatchObject({
      details: { field: '/policies/maxTries' },
    });
  });
});

describe('generate_task_code', () => {
  it('writes a bundle and says what comes next', async () => {
    const { fields } = await call('generate_task_code', {
      task_name: 'add_numbers',
      description: 'Adds two numbers.',
      parameters: [
        { name: 'a', type: 'int' },
        { name: 'b', type: 'int' },
      ],
      function_body: 'return a + b',
      smoke_tests: [{ args: [1, 2], expect: 3 }],
      tasks: [{ name: 'double', description: 'Doubles.', parameters: [{ name: 'n' }], function_body: 'return n * 2' }],
    });
    const files = fields['files'] as { path: string; content: string }[];
    expect(files.map(({ path }) => path)).toEqual([
      'main.py',
      'requirements.txt',
      'Dockerfile',
      'tasksmith.json',
      'README.md',
    ]);
    expect(JSON.parse(files[3]!.content)).toMatchObject({
      tasks: [{ name: 'add_numbers' }, { name: 'double' }],
      smokeTests: [{ task: 'add_numbers', arguments: { a: 1, b: 2 }, expect: 3 }],
    });
    expect(fields['instructions']).toContain('deploy_task');
  });

  it('refuses names that no task can have', async () => {
    const given = { description: '', function_body: 'return 1' };
    expect((await call('generate_task_code', { ...given, task_name: 'Add Numbers' })).fields).toMatchObject({
      details: { field: '/task_name' },
    });
    const parameters = [{ name: 'not a name' }];
    expect((await call('generate_task_code', { ...given, task_name: 'add', parameters })).fields).toMatchObject({
      details: { field: '/parameters/0/name' },
    });
  });

  it('is generate_startMain_code under mcs', async () => {
    const mcs = await connect(agentKey, { query: '?toolset=mcs' });
    const { fields } = await call(
      'generate_startMain_code',
      { task_name: 'add', description: '', parameters: [], function_body: 'return 1' },
      mcs,
    );
    expect(fields['path']).toBe('generated_tasks/add_celery/');
    expect((fields['files'] as { path: string }[])[0]!.path).toBe('app_celery.py');
  });
});

describe('tasks as tools', () => {
  it('are those that the key deployed lately, or those that the URL chooses', async () => {
    const [owner, other] = [await world.createKey('owner', 'operator'), await world.createKey('other', 'operator')];
    await register('text.count', { category: 'text', description: 'Co\u200bunts.' }, other);
    await register('a_task_with_a_name_that_is_far_too_long', {}, other);
    await register('own_one', { argumentsSchema: numbers }, owner);
    const named = async (query: string) => taskToolsOf(await connect(owner, { query }));
    await vi.waitFor(async () => expect(await named('')).toEqual(['task_own_one']), soon);
    const { tools: all } = await (await connect(owner, { query: '?tasks=all' })).listTools();
    const names = all.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['task_add', 'task_own_one', 'task_text__count', 'task_unserved']));
    expect(names.filter((name) => name.startsWith('task_a_task'))).toEqual([]);
    expect(await named('?tasks=none')).toEqual([]);
    expect(await named('?tasks=category:text')).toEqual(['task_text__count']);
    expect(await named('?tasks=add,text.count,gone')).toEqual(['task_add', 'task_text__count']);
    expect(all.find(({ name }) => name === 'task_own_one')).toMatchObject({
      inputSchema: numbers,
      description: 'Does own_one. (version 1)',
    });
    expect(all.find(({ name }) => name === 'task_text__count')!.description).toBe(
      `[Task of ${other.actor}; its author says:] Counts. (version 1)`,
    );
  });

  it('are called like trigger_task', async () => {
    const client = await connect(agentKey, { query: '?tasks=add' });
    expect((await call('task_add', { a: 2 }, client)).fields).toMatchObject({ status: 'SUCCESS', result: 3 });
    expect((await call('task_add', { a: 'x' }, client)).fields).toMatchObject({
      code: 'arguments.invalid',
      details: { field: '/a' },
    });
    const unlisted = await call('task_text__repeat', { text: 'A' }, client);
    expect(unlisted.fields).toMatchObject({ task_name: 'text.repeat', result: 'A' });
  });

  it('promise their result, and never cost a client one that does not fit', async () => {
    const client = await connect(agentKey, { query: '?tasks=refer,sum_up' });
    const { tools } = await client.listTools();
    const promises = tools
      .filter(({ name }) => name.startsWith('task_'))
      .map((tool) => [tool.name, 'outputSchema' in tool]);
    expect(promises).toEqual([
      ['task_refer', false],
      ['task_sum_up', true],
    ]);
    expect((await call('task_refer', {}, client)).fields).toMatchObject({ result: { sum: 4 } });
    expect((await call('task_sum_up', { how: 'well' }, client)).fields).toMatchObject({ result: { sum: 3 } });
    const misfit = await call('task_sum_up', { how: 'so-so' }, client);
    expect(misfit.fields).toMatchObject({ status: 'SUCCESS', other_result: { sum: 'three' } });
    expect(misfit.fields).not.toHaveProperty('result');
    const failed = await call('task_sum_up', { how: 'badly' }, client);
    expect(failed).toMatchObject({ isError: true, fields: { status: 'FAILURE' } });
  });

  it('appear and disappear while a client listens', async () => {
    const key = await world.createKey('listener', 'operator');
    const heard = { own: 0, none: 0, foreign: 0 };
    const client = await connect(key, { onChange: () => heard.own++ });
    await connect(key, { query: '?tasks=none', onChange: () => heard.none++ });
    await connect(key, { query: '?tasks=of_somebody_else', onChange: () => heard.foreign++ });
    await register('fresh_one', {}, key);
    await vi.waitFor(() => expect(heard.own).toBe(1), soon);
    expect(await taskToolsOf(client)).toEqual(['task_fresh_one']);
    await world.ask('DELETE', '/tasks/fresh_one', { key: key.key });
    await vi.waitFor(() => expect(heard.own).toBe(2), soon);
    expect(await taskToolsOf(client)).toEqual([]);
    await register('of_somebody_else');
    await vi.waitFor(() => expect(heard.foreign).toBe(1), soon);
    await passes(50);
    expect(heard).toEqual({ own: 2, none: 0, foreign: 1 });
  });
});

describe('prompts and resources', () => {
  it('guide a model to a deployed task', async () => {
    expect((await agent.listPrompts()).prompts.map(({ name }) => name)).toEqual([
      'generate_task_code',
      'generate_celery_task_code',
    ]);
    const prompt = await agent.getPrompt({
      name: 'generate_task_code',
      arguments: { description: 'count words', task_name: 'count_words' },
    });
    const { text } = prompt.messages[0]!.content as { text: string };
    expect(text).toContain('count words');
    expect(text).toContain('deploy_task');
    await expect(agent.getPrompt({ name: 'generate_task_code', arguments: {} })).rejects.toThrow(/description/);
    await expect(agent.getPrompt({ name: 'other' })).rejects.toThrow(/Unknown prompt/);
  });

  it('show source, logs and history', async () => {
    expect((await agent.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'tasksmith://tasks/{name}/source',
      'tasksmith://deployments/{id}/log',
      'tasksmith://runs/{id}/events',
    ]);
    expect((await agent.listResources()).resources).toEqual([]);
    const source = (await agent.readResource({ uri: 'tasksmith://tasks/add/source' })).contents;
    expect(source).toHaveLength(bundle.files.length);
    const uri = 'tasksmith://tasks/add/source';
    expect(source).toContainEqual({ uri: `${uri}#notes.txt`, mimeType: 'text/plain', text: 'see me\n' });
    expect(source).toContainEqual({ uri: `${uri}#a%20b.bin`, mimeType: 'application/octet-stream', blob: '/wAC' });
    const { body: task } = await world.ask<TaskDetailsView>('GET', '/tasks/add');
    const log = await agent.readResource({ uri: `tasksmith://deployments/${task.deploymentId}/log` });
    expect((log.contents[0] as { text: string }).text).toMatch(
      /^\[building\] .+\n[^]*\n\n--- add_math_worker\n[^]*the tasks are loaded/,
    );
    const { task_id } = (await call('send_task', { task_name: 'unserved' })).fields;
    const [history] = (await agent.readResource({ uri: `tasksmith://runs/${task_id}/events` })).contents;
    expect(history).toMatchObject({ mimeType: 'application/json' });
    expect(JSON.parse((history as { text: string }).text)).toMatchObject([
      { version: 1, type: 'RunAccepted', actor: agentKey.actor },
    ]);
    await expect(agent.readResource({ uri: 'tasksmith://tasks/nothing/source' })).rejects.toThrow(/no task/);
    await expect(agent.readResource({ uri: 'file:///etc/passwd' })).rejects.toThrow(/Unknown resource/);
    await expect(agent.readResource({ uri: 'tasksmith://runs/1/events' })).rejects.toThrow(/not an id/);
  });
});

describe('finding tasks', () => {
  it('shows parameters in the simple form and whose words these are', async () => {
    const writer = await world.createKey('writer', 'operator');
    const resultSchema = { type: 'array', items: { type: 'number' } };
    const described = { description: 'Means of numbers.\u202e', category: 'figures', queue: 'figures' };
    await register('mean', { ...described, argumentsSchema: numbers, resultSchema }, writer);
    const { fields } = await call('list_tasks', { category: 'figures' });
    const moment = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string;
    expect(fields['tasks']).toEqual([
      {
        name: 'mean',
        description: 'Means of numbers.',
        parameters: [
          { name: 'a', type: 'int', required: true, description: 'the first' },
          { name: 'b', type: 'int', required: false, description: '', default: 1 },
        ],
        return_type: 'list[float]',
        category: 'figures',
        queue: 'figures',
        created_at: moment,
        last_updated: moment,
        serving: true,
        origin: writer.actor,
      },
    ]);
    expect((await call('search_tasks', { query: 'mean numbers' })).fields).toMatchObject({
      tasks: [{ name: 'mean', parameters: ['a: int', 'b?: int'] }],
    });
    expect((await call('get_task_details', { task_name: 'mean' })).fields).toMatchObject({
      parameters: numbers,
      example: { tool: 'trigger_task', arguments: { task_name: 'mean', kwargs: { a: 1 } } },
    });
  });

  it('shows ten tasks unless more are asked for', async () => {
    for (let n = 0; n < 11; n++) await register(`similar_${n}`);
    const { fields } = await call('search_tasks', { query: 'similar' });
    expect(fields).toMatchObject({ total_count: 11, tasks: { length: 10 } });
    expect((await call('search_tasks', { query: 'similar', limit: 11 })).fields).toMatchObject({
      tasks: { length: 11 },
    });
  });
});

describe('a service that is away', () => {
  it('is an error that says so, and that trying again helps', async () => {
    const { isError, fields } = await askedTooEarly;
    expect(isError).toBe(true);
    expect(fields).toMatchObject({ code: 'service.unavailable', retryable: true });
    await world.start('scheduler');
    expect((await call('list_schedules')).fields).toMatchObject({ success: true, schedules: [] });
  });
});

describe('the door', () => {
  const hello = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
  };
  const listing = { jsonrpc: '2.0', id: 2, method: 'tools/list' };

  interface Ask {
    method?: string;
    body?: unknown;
    headers?: Record<string, string>;
    path?: string;
  }

  function ask({
    method = 'POST',
    body,
    headers = {},
    path = '/mcp',
  }: Ask): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }> {
    const { hostname, port } = new URL(world.url);
    const sent = {
      authorization: `Bearer ${agentKey.key}`,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const asked = httpRequest({ hostname, port, path, method, headers: sent }, (response) => {
        let text = '';
        response
          .on('data', (chunk) => (text += chunk))
          .on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
      });
      asked
        .on('error', reject)
        .end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
    });
  }

  it('asks for a key, in the words of RFC 6750', async () => {
    const none = await ask({ body: hello, headers: { authorization: '' } });
    expect(none).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="tasksmith"' } });
    expect(JSON.parse(none.text)).toMatchObject({
      jsonrpc: '2.0',
      error: { data: { code: 'auth.missing' } },
      id: null,
    });
    const wrong = await ask({ body: hello, headers: { authorization: `Bearer ${agentKey.key}x` } });
    expect(wrong).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="tasksmith", error="invalid_token"' },
    });
  });

  it('refuses a foreign Host or Origin', async () => {
    expect((await ask({ body: hello, headers: { host: 'evil.example' } })).status).toBe(403);
    expect((await ask({ body: hello, headers: { origin: 'https://evil.example' } })).status).toBe(403);
  });

  it('lets the page of an admitted origin read the session id', async () => {
    const answer = await ask({ body: hello, headers: { origin: 'https://console.example' } });
    expect(answer).toMatchObject({
      status: 200,
      headers: {
        'access-control-allow-origin': 'https://console.example',
        'access-control-expose-headers': 'mcp-session-id',
      },
    });
    expect(answer.headers['mcp-session-id']).toBeTruthy();
  });

  it('does not give a session to another key', async () => {
    const opened = await ask({ body: hello });
    const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
    expect((await ask({ body: listing, headers: session })).status).toBe(200);
    const thief = { ...session, authorization: `Bearer ${(await world.createKey('thief')).key}` };
    for (const method of ['POST', 'GET', 'DELETE'])
      expect((await ask({ method, body: method === 'POST' ? listing : undefined, headers: thief })).status).toBe(404);
    expect((await ask({ body: listing, headers: session })).status).toBe(200);
    expect((await ask({ method: 'DELETE', headers: session })).status).toBe(200);
    expect((await ask({ body: listing, headers: session })).status).toBe(404);
  });

  it('asks for a hello first', async () => {
    expect((await ask({ body: listing })).status).toBe(400);
    expect((await ask({ method: 'GET' })).status).toBe(400);
    expect((await ask({ body: listing, headers: { 'mcp-session-id': 'nothing' } })).status).toBe(404);
    expect((await ask({ method: 'PUT', body: listing })).status).toBe(405);
  });

  it('answers what is not JSON-RPC, or too much of it', async () => {
    const malformed = await ask({ body: '{"jsonrpc":' });
    expect(malformed.status).toBe(400);
    expect(JSON.parse(malformed.text)).toMatchObject({ error: { code: -32700 } });
    expect((await ask({ body: '{"a":{"__proto__":{}}}' })).status).toBe(400);
    expect((await ask({ body: { hello: 'world' } })).status).toBe(400);
    const large = await ask({ body: JSON.stringify({ ...hello, pad: 'x'.repeat(250_000) }) });
    expect(large.status).toBe(413);
    expect(JSON.parse(large.text)).toMatchObject({ jsonrpc: '2.0', error: { code: -32600 } });
    const opened = await ask({ body: hello });
    const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
    expect((await ask({ body: { not: 'rpc' }, headers: session })).status).toBe(400);
    expect((await ask({ headers: session })).status).toBe(400);
    expect(
      (await ask({ body: 'x=1', headers: { ...session, 'content-type': 'application/x-www-form-urlencoded' } })).status,
    ).toBe(415);
    expect((await ask({ body: listing, headers: { ...session, accept: 'text/html' } })).status).toBe(406);
    expect((await ask({ body: listing, headers: { ...session, 'mcp-protocol-version': '1999-01-01' } })).status).toBe(
      400,
    );
    const unknown = await ask({ body: { jsonrpc: '2.0', id: 9, method: 'no/such' }, headers: session });
    expect(unknown.text).toContain('-32601');
  });

  it('closes the session of a revoked key to its requests at once', async () => {
    const { key, keyId } = await world.createKey('revoked');
    const headers = { authorization: `Bearer ${key}` };
    const opened = await ask({ body: hello, headers });
    const session = { ...headers, 'mcp-session-id': String(opened.headers['mcp-session-id']) };
    await world.ask('DELETE', `/keys/${keyId}`);
    await vi.waitFor(async () => expect((await ask({ body: listing, headers: session })).status).toBe(401), soon);
  });
});

/** That nothing happens can only be seen by letting time pass. */
function passes(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
