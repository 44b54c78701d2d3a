/** The gateway's door for agents, met by the MCP SDK's own client over Streamable HTTP. */
import { request as httpRequest } from 'node:http';
import { type Client } from '@modelcontextprotocol/sdk/client/index.js';
import { type CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  DeployBundle,
  GetBundleFiles,
  GetDeployment,
  GetDeploymentLog,
  GetRunEvents,
  GetTask,
  ListTasks,
  refuse,
} from '#contracts';
import { GatewayFixture } from './mcp-gateway.fixture.js';
import { nativeTools } from '../../apps/gateway/mcp/tools/index.js';

const world = new GatewayFixture();
let agentKey: string;
let agent: Client;
const numbers = {
  type: 'object',
  properties: { a: { type: 'integer', description: 'the first' }, b: { type: 'integer', default: 1 } },
  required: ['a'],
  additionalProperties: false,
};

beforeAll(async () => {
  agentKey = await world.key('agent');
  await world.publish('add', { argumentsSchema: numbers });
  await world.start();
  agent = await world.client(agentKey);
});
afterAll(() => world.stop());
beforeEach(() => void (world.asked.length = 0));

interface Told extends Record<string, unknown> {
  task_id: string;
  status: string;
}

async function call(
  name: string,
  args: Record<string, unknown> = {},
  client = agent,
  more: Parameters<Client['callTool']>[2] = {},
) {
  const answer = (await client.callTool({ name, arguments: args }, undefined, more)) as CallToolResult;
  const fields = answer.structuredContent as Told;
  expect(JSON.parse((answer.content[0] as { text: string }).text)).toEqual(fields);
  expect(fields['success']).toBe(!answer.isError);
  return { isError: answer.isError === true, fields };
}

/** Plays the worker: what becomes of the next run of the task. */
function nextRun(change: Record<string, unknown>): Promise<string> {
  const before = new Set(world.runs.keys());
  return vi.waitFor(
    () => {
      const runId = [...world.runs.keys()].find((id) => !before.has(id));
      expect(runId).toBeDefined();
      world.change(runId!, change);
      return runId!;
    },
    { timeout: 5_000, interval: 5 },
  );
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
    const mcs = await world.client(agentKey, { query: '?toolset=mcs' });
    expect((await mcs.listTools()).tools.map(({ name }) => name)).toContain('trigger_celery_task');
    expect(mcs.getInstructions()).toContain('trigger_celery_task');
  });

  it('refuses a tool set or a choice of tasks that nobody knows', async () => {
    await expect(world.client(agentKey, { query: '?toolset=old' })).rejects.toThrow(/tool set/);
    await expect(world.client(agentKey, { query: '?tasks=category:' })).rejects.toThrow(/not understood/);
  });

  it('answers an unknown tool with an error of the protocol', async () => {
    await expect(agent.callTool({ name: 'no_such_tool' })).rejects.toThrow(/Unknown tool/);
    await expect(agent.callTool({ name: 'task_no_such' })).rejects.toThrow(/Unknown tool/);
  });
});

describe('trigger_task', () => {
  it('answers with the result', async () => {
    const [{ fields }, runId] = await Promise.all([
      call('trigger_task', { task_name: 'add', kwargs: { a: 2 }, args: [], queue: 'math', priority: 7 }),
      nextRun({ status: 'succeeded', attempt: 1, result: 3 }),
    ]);
    expect(fields).toMatchObject({
      success: true,
      task_id: runId,
      task_name: 'add',
      queue: 'math',
      status: 'SUCCESS',
      result: 3,
    });
    expect(world.asked[0]!.input).toMatchObject({
      actor: 'key:agent0000000',
      runs: [{ task: 'add', arguments: { a: 2 }, priority: 7 }],
    });
  });

  it('is an error when the task raised', async () => {
    const error = { type: 'ValueError', message: 'b must not be 0', traceback: 'Traceback ...' };
    const [{ isError, fields }] = await Promise.all([
      call('trigger_task', { task_name: 'add', args: [1, 0] }),
      nextRun({ status: 'failed', attempt: 1, error }),
    ]);
    expect(isError).toBe(true);
    expect(fields).toMatchObject({ status: 'FAILURE', code: 'run.failed', retryable: false, error, result: null });
    expect(fields['message']).toContain('ValueError: b must not be 0');
    expect(fields['hint']).toBeTruthy();
  });

  it('answers a handle when the run outlives the wait, and tells the result later', async () => {
    const { isError, fields } = await call('trigger_task', { task_name: 'add', kwargs: { a: 1 }, wait_ms: 50 });
    expect(isError).toBe(false);
    expect(fields).toMatchObject({ status: 'PENDING', result: null });
    expect(fields['message']).toContain(fields.task_id);
    expect((await call('get_task_result', { task_id: fields.task_id })).fields).toMatchObject({
      status: 'PENDING',
      result: null,
    });
    world.change(fields.task_id, { status: 'running', attempt: 1, progress: { fraction: 0.5, message: 'half' } });
    expect((await call('get_task_result', { task_id: fields.task_id })).fields).toMatchObject({
      status: 'STARTED',
      progress: { fraction: 0.5 },
    });
    world.change(fields.task_id, { status: 'waiting', attempt: 1 });
    expect((await call('get_task_result', { task_id: fields.task_id })).fields).toMatchObject({ status: 'RETRY' });
    world.change(fields.task_id, { status: 'succeeded', result: { sum: 2 } });
    expect((await call('get_task_result', { task_id: fields.task_id })).fields).toMatchObject({
      status: 'SUCCESS',
      result: { sum: 2 },
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
    await Promise.all([
      call('trigger_task', { task_name: 'add', kwargs: '{"a": 2}' }),
      nextRun({ status: 'succeeded', result: 3 }),
    ]);
    expect(world.asked[0]!.input).toMatchObject({ runs: [{ arguments: { a: 2 } }] });
  });

  it('tells progress that grows, when the client asked for it', async () => {
    const told: { progress: number; message?: string }[] = [];
    const calling = call('trigger_task', { task_name: 'add', kwargs: { a: 1 } }, agent, {
      onprogress: (one) => told.push(one as never),
    });
    const runId = await nextRun({ status: 'running', attempt: 1, progress: { fraction: 0.25, message: 'a quarter' } });
    await vi.waitFor(() => expect(told.length).toBe(1), { timeout: 5_000 });
    world.change(runId, { progress: { fraction: 0.75, message: 'three quarters' } });
    await vi.waitFor(() => expect(told.length).toBe(2), { timeout: 5_000 });
    world.change(runId, { status: 'succeeded', result: 1 });
    await calling;
    expect(told).toMatchObject([
      { progress: 0.25, message: 'a quarter' },
      { progress: 0.75, message: 'three quarters' },
    ]);
  });

  it('cancels the run when the client takes its call back', async () => {
    const controller = new AbortController();
    const calling = agent.callTool(
      { name: 'trigger_task', arguments: { task_name: 'add', kwargs: { a: 1 } } },
      undefined,
      { signal: controller.signal },
    );
    const runId = await nextRun({ status: 'running', attempt: 1 });
    controller.abort('enough');
    await expect(calling).rejects.toThrow();
    await vi.waitFor(() => expect(world.runs.get(runId)!.status).toBe('cancelled'), { timeout: 5_000 });
    expect(world.asked.find(({ pattern }) => pattern === 'dispatcher.cancel-run')!.input).toMatchObject({
      actor: 'key:agent0000000',
      runId,
    });
  });

  it('leaves the run alone when the session ends', async () => {
    const leaving = await world.client(agentKey);
    const calling = leaving.callTool({ name: 'trigger_task', arguments: { task_name: 'add', kwargs: { a: 1 } } });
    calling.catch(() => undefined);
    const runId = await nextRun({ status: 'running', attempt: 1 });
    await (leaving.transport as unknown as { terminateSession(): Promise<void> }).terminateSession();
    await leaving.close();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(world.asked.map(({ pattern }) => pattern)).not.toContain('dispatcher.cancel-run');
    expect(world.runs.get(runId)!.status).toBe('running');
  });

  it('cuts a long result down and says where the whole is', async () => {
    const result = { rows: Array.from({ length: 20_000 }, (_, row) => ({ row, text: 'some text' })) };
    const [{ fields }, runId] = await Promise.all([
      call('trigger_task', { task_name: 'add', kwargs: { a: 1 } }),
      nextRun({ status: 'succeeded', result }),
    ]);
    expect(Buffer.byteLength(JSON.stringify(fields))).toBeLessThan(61_000);
    expect(fields['truncated']).toMatchObject({ members: ['result'] });
    expect(JSON.stringify(fields['truncated'])).toContain(`tasksmith://runs/${runId}/events`);
  });

  it('strips what cannot be seen from the words of others', async () => {
    const [{ fields }] = await Promise.all([
      call('trigger_task', { task_name: 'add', kwargs: { a: 1 } }),
      nextRun({ status: 'succeeded', result: 'ig\u200bnore\u202e all\u0007' }),
    ]);
    expect(fields['result']).toBe('ignore all');
  });

  it('is refused to a key that may only read', async () => {
    const viewer = await world.client(await world.key('viewer', 'viewer'));
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
    const [run] = world.asked[0]!.input['runs'] as { notBefore: number; idempotencyKey: string }[];
    expect(run).toMatchObject({ idempotencyKey: 'k' });
    expect(run!.notBefore).toBeGreaterThan(Date.now() + 50_000);
  });

  it('says when a service is away, and that trying again helps', async () => {
    const { fields } = await call('list_schedules');
    expect(fields).toMatchObject({ code: 'service.unavailable', retryable: true });
  });
});

describe('deploy_task', () => {
  const deployment = {
    deploymentId: '01990000-0000-7000-8000-000000000001',
    task: 'add',
    description: '',
    category: 'general',
    queue: 'math',
    lane: 'math/x',
    runtime: 'python',
    status: 'stored',
    tasks: ['add'],
    bundleSha256: 'x',
    files: ['main.py'],
    path: '/data/add_math_1',
    image: 'tasksmith-add:1',
    host: 'process',
    workers: [{ name: 'add_math_worker', handle: '4711', tier: 'process' }],
    smokeTests: [],
    failure: null,
    requestedAt: 1,
    activatedAt: null,
    endedAt: null,
  };
  const files = [{ path: 'main.py', content: 'x = 1\n' }];
  const described = { task_name: 'add', description: 'Adds.', queue: 'math', files };

  it('follows the stages until the task serves', async () => {
    const statuses = ['building', 'starting', 'testing', 'active'];
    world.answer(DeployBundle, (input) => ({ ...deployment, deploymentId: input['deploymentId'] }));
    world.answer(GetDeployment, (input) => ({
      ...deployment,
      ...input,
      status: statuses.length > 1 ? statuses.shift() : 'active',
    }));
    world.answer(GetTask, () => ({ versions: [{ version: 3, deploymentId: world.asked[0]!.input['deploymentId'] }] }));
    const told: string[] = [];
    const smoke_tests = [
      { args: [1, 2], expect: 3 },
      { arguments: { a: 1 }, expectContains: { x: 1 } },
    ];
    const { fields } = await call(
      'deploy_task',
      {
        ...described,
        parameters: [{ name: 'a', type: 'int' }, { name: 'b' }],
        smoke_tests,
        policies: { maxAttempts: 3 },
      },
      agent,
      { onprogress: ({ message }) => void told.push(message ?? '') },
    );
    expect(fields).toMatchObject({
      success: true,
      uploaded_files: ['main.py'],
      docker_image: 'tasksmith-add:1',
      container_id: '4711',
      worker_status: 'RUNNING',
      deployment_path: '/data/add_math_1',
      version: 3,
    });
    expect(told).toEqual(['storing', 'stored', 'building', 'starting workers', 'testing']);
    expect(world.asked[0]!.input).toMatchObject({
      actor: 'key:agent0000000',
      source: { kind: 'files', files: [{ path: 'main.py', content: 'x = 1\n', encoding: 'utf8' }] },
      smokeTests: [
        { task: 'add', arguments: { a: 1, b: 2 }, expect: 3 },
        { task: 'add', arguments: { a: 1 }, expectContains: { x: 1 } },
      ],
      policies: { maxAttempts: 3 },
    });
  });

  it('tells stage, error and log of a failure, and what keeps serving', async () => {
    const log = Array.from({ length: 60 }, (_, line) => `line ${line}`);
    const failure = { stage: 'building', code: 'build.failed', message: 'pip failed', log };
    world.answer(DeployBundle, (input) => ({ ...deployment, ...input }));
    world.answer(GetDeployment, () => ({ ...deployment, status: 'failed', failure }));
    const { isError, fields } = await call('deploy_task', described);
    expect(isError).toBe(true);
    expect(fields).toMatchObject({ stage: 'building', code: 'build.failed', error: 'pip failed', status: 'failed' });
    expect(String(fields['log']).split('\n')).toHaveLength(40);
    expect(fields['message']).toContain('Version 1 keeps serving');
  });

  it('refuses a path over HTTP with what to do instead', async () => {
    world.answer(DeployBundle, () => refuse('bundle.path-missing', '/home/me is not an allowed folder'));
    const { fields } = await call('deploy_task', { ...described, files: undefined, code_folder_path: '/home/me' });
    expect(fields).toMatchObject({ code: 'bundle.path-missing', stage: 'storing' });
    expect(fields['hint']).toContain('send files');
    expect((await call('deploy_task', { ...described, files: undefined })).fields).toMatchObject({
      details: { field: '/files' },
    });
    expect((await call('deploy_task', { ...described, policies: { maxTries: 3 } })).fields).toMatchObject({
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
    const mcs = await world.client(agentKey, { query: '?toolset=mcs' });
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
    const owner = await world.key('owner');
    await world.publish('own_one', { by: 'key:owner0000000', argumentsSchema: numbers });
    await world.publish('text.upper', { category: 'text', description: 'Up\u200bper.' });
    await world.publish(`a_task_with_a_name_that_is_far_too_long`);
    const named = async (query: string) =>
      (await (await world.client(owner, { query })).listTools()).tools
        .map(({ name }) => name)
        .filter((name) => name.startsWith('task_'));
    await vi.waitFor(async () => expect(await named('')).toEqual(['task_own_one']));
    expect(await named('?tasks=all')).toEqual(['task_add', 'task_own_one', 'task_text__upper']);
    expect(await named('?tasks=none')).toEqual([]);
    expect(await named('?tasks=category:text')).toEqual(['task_text__upper']);
    expect(await named('?tasks=add,text.upper,gone')).toEqual(['task_add', 'task_text__upper']);
    const { tools } = await (await world.client(owner, { query: '?tasks=all' })).listTools();
    expect(tools.find(({ name }) => name === 'task_own_one')).toMatchObject({
      inputSchema: numbers,
      description: 'Does own_one. (version 1)',
    });
    expect(tools.find(({ name }) => name === 'task_text__upper')!.description).toBe(
      '[Task of key:other; its author says:] Upper. (version 1)',
    );
  });

  it('are called like trigger_task', async () => {
    const client = await world.client(agentKey, { query: '?tasks=add' });
    const [{ fields }] = await Promise.all([
      call('task_add', { a: 2 }, client),
      nextRun({ status: 'succeeded', result: 3 }),
    ]);
    expect(fields).toMatchObject({ status: 'SUCCESS', result: 3 });
    expect((await call('task_add', { a: 'x' }, client)).fields).toMatchObject({
      code: 'arguments.invalid',
      details: { field: '/a' },
    });
    const [other] = await Promise.all([
      call('task_text__upper', {}, client),
      nextRun({ status: 'succeeded', result: 'A' }),
    ]);
    expect(other.fields).toMatchObject({ task_name: 'text.upper' });
  });

  it('promise their result, and never cost a client one that does not fit', async () => {
    const resultSchema = { type: 'object', properties: { sum: { type: 'integer' } }, required: ['sum'] };
    await world.publish('sum_up', { resultSchema });
    await world.publish('broken', {
      resultSchema: { type: 'object', $ref: '#/$defs/nowhere' },
      argumentsSchema: { type: 'object', properties: { x: true }, required: 'x' },
    });
    const client = await vi.waitFor(async () => {
      const fresh = await world.client(agentKey, { query: '?tasks=sum_up,broken' });
      const { tools } = await fresh.listTools();
      expect(
        tools.filter(({ name }) => name.startsWith('task_')).map(({ outputSchema }) => outputSchema !== undefined),
      ).toEqual([false, true]);
      return fresh;
    });
    const run = (change: object) => Promise.all([call('task_sum_up', {}, client), nextRun({ ...change })]);
    expect((await run({ status: 'succeeded', result: { sum: 3 } }))[0].fields).toMatchObject({ result: { sum: 3 } });
    const [misfit] = await run({ status: 'succeeded', result: { sum: 'three' } });
    expect(misfit.fields).toMatchObject({ status: 'SUCCESS', other_result: { sum: 'three' } });
    expect(misfit.fields).not.toHaveProperty('result');
    const [failed] = await run({ status: 'failed', error: { type: 'E', message: 'no', traceback: null } });
    expect(failed).toMatchObject({ isError: true, fields: { status: 'FAILURE' } });
  });

  it('appear and disappear while a client listens', async () => {
    const key = await world.key('listener');
    let changes = 0;
    const client = await world.client(key, { onChange: () => changes++ });
    const other = await world.client(agentKey, { query: '?tasks=none', onChange: () => (changes += 100) });
    const names = async () =>
      (await client.listTools()).tools.map(({ name }) => name).filter((name) => name.startsWith('task_'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await world.publish('fresh_one', { by: 'key:listener0000' });
    await vi.waitFor(() => expect(changes).toBe(1), { timeout: 5_000 });
    expect(await names()).toEqual(['task_fresh_one']);
    await world.retire('fresh_one');
    await vi.waitFor(() => expect(changes).toBe(2), { timeout: 5_000 });
    expect(await names()).toEqual([]);
    await world.publish('of_somebody_else');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(changes).toBe(2);
    await other.close();
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
    world.answer(GetBundleFiles, () => ({
      files: [
        { path: 'main.py', content: 'print(1)\u200b\n', encoding: 'utf8' },
        { path: 'a b.bin', content: 'AAEC', encoding: 'base64' },
      ],
    }));
    world.answer(GetDeploymentLog, () => ({
      build: [{ stage: 'building', line: 'ok' }],
      workers: [{ worker: 'w', lines: ['up'] }],
    }));
    world.answer(GetRunEvents, () => ({
      events: [{ version: 1, type: 'RunAccepted', at: 0, actor: 'key:x', data: {} }],
    }));
    expect((await agent.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'tasksmith://tasks/{name}/source',
      'tasksmith://deployments/{id}/log',
      'tasksmith://runs/{id}/events',
    ]);
    expect((await agent.listResources()).resources).toEqual([]);
    const id = '01990000-0000-7000-8000-000000000001';
    expect((await agent.readResource({ uri: 'tasksmith://tasks/add/source' })).contents).toEqual([
      { uri: 'tasksmith://tasks/add/source#main.py', mimeType: 'text/plain', text: 'print(1)\n' },
      { uri: 'tasksmith://tasks/add/source#a%20b.bin', mimeType: 'application/octet-stream', blob: 'AAEC' },
    ]);
    expect((await agent.readResource({ uri: `tasksmith://deployments/${id}/log` })).contents[0]).toMatchObject({
      text: '[building] ok\n\n--- w\nup',
    });
    expect((await agent.readResource({ uri: `tasksmith://runs/${id}/events` })).contents[0]).toMatchObject({
      mimeType: 'application/json',
    });
    await expect(agent.readResource({ uri: 'tasksmith://tasks/nothing/source' })).rejects.toThrow(/no task/);
    await expect(agent.readResource({ uri: 'file:///etc/passwd' })).rejects.toThrow(/Unknown resource/);
    await expect(agent.readResource({ uri: 'tasksmith://runs/1/events' })).rejects.toThrow(/not an id/);
  });
});

describe('finding tasks', () => {
  it('shows parameters in the simple form and whose words these are', async () => {
    const task = {
      name: 'add',
      description: 'Adds.\u202e',
      category: 'math',
      activeVersion: 1,
      queue: 'math',
      lane: 'x',
      deploymentId: null,
      argumentsSchema: numbers,
      resultSchema: { type: 'array', items: { type: 'number' } },
      policies: {},
      deprecated: null,
      createdAt: 0,
      updatedAt: 1_000,
    };
    world.answer(ListTasks, () => ({
      items: [task],
      next: null,
      total: 1,
      categories: [{ category: 'math', tasks: 1 }],
    }));
    const { fields } = await call('list_tasks', { category: 'math' });
    expect(fields['tasks']).toEqual([
      {
        name: 'add',
        description: 'Adds.',
        parameters: [
          { name: 'a', type: 'int', required: true, description: 'the first' },
          { name: 'b', type: 'int', required: false, description: '', default: 1 },
        ],
        return_type: 'list[float]',
        category: 'math',
        queue: 'math',
        created_at: '1970-01-01T00:00:00.000Z',
        last_updated: '1970-01-01T00:00:01.000Z',
        serving: true,
        origin: 'key:other',
      },
    ]);
    expect((await call('search_tasks', { query: 'add numbers' })).fields).toMatchObject({
      tasks: [{ name: 'add', parameters: ['a: int', 'b?: int'] }],
    });
    expect(world.asked.at(-1)!.input).toMatchObject({ text: 'add numbers', limit: 10 });
    world.answer(GetTask, () => ({ ...task, versions: [] }));
    expect((await call('get_task_details', { task_name: 'add' })).fields).toMatchObject({
      parameters: numbers,
      example: { tool: 'trigger_task', arguments: { task_name: 'add', kwargs: { a: 1 } } },
    });
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
      authorization: `Bearer ${agentKey}`,
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
    const wrong = await ask({ body: hello, headers: { authorization: `Bearer ${agentKey}x` } });
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
    const thief = { ...session, authorization: `Bearer ${await world.key('thief')}` };
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
    const key = await world.key('revoked');
    const headers = { authorization: `Bearer ${key}` };
    const opened = await ask({ body: hello, headers });
    const session = { ...headers, 'mcp-session-id': String(opened.headers['mcp-session-id']) };
    await world.revoke(key);
    await vi.waitFor(async () => expect((await ask({ body: listing, headers: session })).status).toBe(401), {
      timeout: 3_000,
    });
  });
});
