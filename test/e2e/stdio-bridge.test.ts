// `tasksmith mcp`: an agent over stdio goes the whole way, with local folders, under both tool sets, and through a restart of the gateway.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readStackState } from '../../deploy/local/index.js';
import { cliProgram, examples, makeWorld, type World } from './cli-program.js';

let world: World;
const clients: Client[] = [];

beforeAll(async () => {
  world = makeWorld('bridge', 17_370);
  const { code, stderr } = await world.run('up', '--detach');
  expect(code, stderr).toBe(0);
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});
afterAll(async () => {
  await world.run('down');
  world.remove();
});

async function connect(...flags: string[]): Promise<Client> {
  const env = Object.fromEntries(Object.entries(world.env).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [cliProgram, 'mcp', ...flags],
    cwd: world.cwd,
    env,
    stderr: 'ignore',
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  clients.push(client);
  return client;
}

interface Answer {
  isError: boolean;
  fields: Record<string, unknown>;
}

async function call(client: Client, name: string, args: object, options = {}): Promise<Answer> {
  const answer = await client.callTool({ name, arguments: args as Record<string, unknown> }, undefined, options);
  const [content] = answer.content as { text: string }[];
  expect(JSON.parse(content!.text)).toEqual(answer.structuredContent);
  return { isError: answer.isError === true, fields: answer.structuredContent as Record<string, unknown> };
}

const names = async (client: Client): Promise<string[]> => (await client.listTools()).tools.map(({ name }) => name);

describe('the bridge', () => {
  it('passes on tools, prompts, resources and instructions', async () => {
    const client = await connect();
    expect(client.getInstructions()).toContain('deploy');
    expect(await names(client)).toEqual(expect.arrayContaining(['deploy_task', 'trigger_task', 'search_tasks']));
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toContain('generate_task_code');
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toContain('tasksmith://tasks/{name}/source');
    await expect(client.callTool({ name: 'no_such_tool', arguments: {} })).rejects.toMatchObject({ code: -32_602 });
  });

  it('deploys a folder of this machine, with progress, and the task becomes a tool', async () => {
    const client = await connect('--tasks', 'all');
    const changed = new Promise<void>((done) => {
      client.fallbackNotificationHandler = async ({ method }) => {
        if (method === 'notifications/tools/list_changed') done();
      };
    });
    const stages: string[] = [];
    const onprogress = ({ message = '' }: { message?: string }) => void stages.push(message);
    const deployed = await call(
      client,
      'deploy_task',
      {
        task_name: 'word_stats',
        description: 'Counts words.',
        queue: 'text',
        code_folder_path: join(examples, 'text-stats'),
      },
      { onprogress },
    );
    expect(deployed.fields).toMatchObject({ success: true, status: 'active', version: 1 });
    expect(deployed.fields.uploaded_files).toEqual(expect.arrayContaining(['main.py', 'words.py']));
    expect(stages).toEqual(expect.arrayContaining(['building']));
    await changed;
    expect(await names(client)).toContain('task_word_stats');
    const ran = await call(client, 'task_word_stats', { text: 'The cat saw the dog.' });
    expect(ran.fields).toMatchObject({ success: true, result: { words: 5 } });
  });

  it('says which folder is missing', async () => {
    const client = await connect();
    const given = { task_name: 'lost', description: '', queue: 'text', code_folder_path: 'nowhere' };
    expect(await call(client, 'deploy_task', given)).toMatchObject({
      isError: true,
      fields: { code: 'bundle.path-missing', message: expect.stringContaining(join(world.cwd, 'nowhere')) as unknown },
    });
  });

  it('takes a call back when the agent does', async () => {
    const client = await connect();
    const folder = join(examples, 'slow');
    await call(client, 'deploy_task', { task_name: 'slow', description: 'Takes its time.', code_folder_path: folder });
    const patience = new AbortController();
    const kwargs = { steps: 200 };
    const options = { signal: patience.signal, onprogress: () => patience.abort('changed my mind') };
    const asked = call(client, 'trigger_task', { task_name: 'slow', kwargs }, options);
    await expect(asked).rejects.toThrow();
    await expect
      .poll(
        async () =>
          (await world.run('events', 'tail', '--after', '0.0', '--type', 'RunCancelRequested', '--limit', '1')).code,
        { timeout: 30_000 },
      )
      .toBe(0);
  });
});

describe('the bridge under the mcs tool set', () => {
  it('has the old names and goes the whole way with a folder that it saved', async () => {
    const client = await connect('--toolset', 'mcs', '--tasks', 'none');
    expect(await names(client)).toEqual(
      expect.arrayContaining([
        'generate_startMain_code',
        'deploy_task',
        'trigger_celery_task',
        'send_celery_task',
        'get_celery_result',
        'get_available_tasks',
        'get_task_details',
        'register_task_info',
      ]),
    );
    const parameters = [{ name: 'a', type: 'int', required: true, description: '' }];
    const described = { task_name: 'add_one', description: 'Adds one.', parameters, queue: 'maths' };
    const generated = await call(client, 'generate_startMain_code', { ...described, function_body: 'return a + 1' });
    const folder = join(world.cwd, 'generated_tasks', 'add_one_maths');
    expect(generated.fields.instructions).toContain(folder);
    expect(readFileSync(join(folder, 'app_maths.py'), 'utf8')).toContain('return a + 1');
    expect(existsSync(join(folder, 'requirements.txt'))).toBe(true);

    const code_folder_path = './generated_tasks/add_one_maths/';
    const deployed = await call(client, 'deploy_task', { ...described, category: 'maths', code_folder_path });
    expect(deployed.fields).toMatchObject({ success: true, worker_status: 'RUNNING' });

    const call_ = { task_name: 'add_one', args: [41], queue: 'maths' };
    expect((await call(client, 'trigger_celery_task', call_)).fields).toMatchObject({ status: 'SUCCESS', result: 42 });
    const sent = await call(client, 'send_celery_task', call_);
    expect(sent.fields.status).toBe('SENT');
    const { task_id } = sent.fields;
    await expect
      .poll(async () => (await call(client, 'get_celery_result', { task_id })).fields.result, { timeout: 10_000 })
      .toBe(42);
    expect((await call(client, 'get_task_details', { task_name: 'add_one' })).fields.name).toBe('add_one');
    const { tasks } = (await call(client, 'get_available_tasks', {})).fields as { tasks: { name: string }[] };
    expect(tasks.map(({ name }) => name)).toContain('add_one');
    const elsewhere = { task_name: 'elsewhere', description: 'Served elsewhere.', parameters: [], queue: 'other' };
    expect((await call(client, 'register_task_info', elsewhere)).fields.success).toBe(true);
  });
});

describe('the bridge when the gateway dies', () => {
  const killGateway = () => process.kill(readStackState(world.home)!.processes['gateway']!.pid, 'SIGKILL');

  it('fails the call under way as one to try again, and serves the next over a new session', async () => {
    const client = await connect();
    const folder = join(examples, 'slow');
    await call(client, 'deploy_task', { task_name: 'slow', description: 'Takes its time.', code_folder_path: folder });
    const changed = new Promise<void>((done) => {
      client.fallbackNotificationHandler = async ({ method }) => {
        if (method === 'notifications/prompts/list_changed') done();
      };
    });
    let killed = false;
    const onprogress = () => {
      if (!killed) killGateway();
      killed = true;
    };
    const underWay = call(client, 'trigger_task', { task_name: 'slow', kwargs: { steps: 100 } }, { onprogress });
    expect(await underWay).toMatchObject({ isError: true, fields: { code: 'service.unavailable', retryable: true } });
    await changed;
    expect((await call(client, 'list_tasks', {})).fields.success).toBe(true);
  });
});
