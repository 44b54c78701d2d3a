// The `tasksmith` command against a stack that it started itself: what people see, what scripts read, and the exit codes.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, type Ended, examples, makeWorld, untilSays, type World } from './cli-program.js';

let world: World;
const tasksmith = (...args: string[]): Promise<Ended> => world.run(...args);

/** Runs it, expects that it went well, and gives what `-o json` printed. */
async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await tasksmith(...args, '-o', 'json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

const activeId = async (task: string): Promise<string> =>
  (await tasksmith('deployments', 'ls', '--task', task, '--status', 'active', '-o', 'name')).stdout
    .trim()
    .split('\n')[0]!;

beforeAll(async () => {
  world = makeWorld('cli', 17_170);
  const { code, stderr } = await tasksmith('up', '--detach');
  expect(code, stderr).toBe(0);
  for (const example of ['flaky', 'slow']) {
    const deployed = await tasksmith('deploy', join(examples, example));
    expect(deployed.code, deployed.stderr).toBe(0);
  }
});

afterAll(async () => {
  await tasksmith('down');
  world.remove();
});

describe('the platform', () => {
  it('is up, and every part answers', async () => {
    const status = await json<{ status: string; stack: { phase: string } }>('status');
    expect(status).toMatchObject({ status: 'ok', stack: { phase: 'ready' } });
  });

  it('said where it is, and there is something behind each address', async () => {
    const { stack } = await json<{ stack: { addresses: Record<'api' | 'docs' | 'mcp', string> } }>('status');
    const { api, docs, mcp } = stack.addresses;
    const banner = readFileSync(join(world.home, 'logs/up.log'), 'utf8');
    expect(banner.match(/https?:\S+/g)).toEqual([mcp, api, docs]);
    const answers = await Promise.all([mcp, `${api}/tasks`, docs].map((url) => fetch(url)));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 200]);
  });

  it('finds nothing wrong with itself', async () => {
    const findings = await json<{ name: string; state: string }[]>('doctor');
    expect(findings.filter(({ state }) => state === 'bad')).toEqual([]);
    expect(findings.map(({ name }) => name)).toEqual(expect.arrayContaining(['Redis eviction', 'Gateway', 'API key']));
  });

  it('is not started a second time', async () => {
    expect(await tasksmith('up', '--detach')).toMatchObject({ code: 0, stderr: 'It runs already.\n' });
    // In the foreground as well, with one document on stdout.
    expect(await json('up')).toMatchObject({ phase: 'ready' });
  });
});

describe('a task of one’s own', () => {
  it.each(['python', 'node'])('goes from nothing to a result in %s', async (runtime) => {
    const task = `greet_in_${runtime}`;
    expect(await tasksmith('init', task, '--runtime', runtime)).toMatchObject({ code: 0, stdout: `${task}\n` });
    const deployment = await json<{ status: string; tasks: string[]; smokeTests: object[] }>('deploy', task);
    expect(deployment).toMatchObject({ status: 'active', tasks: [task], smokeTests: [{ passed: true }] });
    const run = await tasksmith('run', task, '--arg', 'name=Ada', '--arg', 'times=2');
    expect(run).toMatchObject({ code: 0, stdout: 'Hello, Ada! Hello, Ada!\n' });
  });

  it('is listed, found and shown', async () => {
    expect((await tasksmith('tasks', 'ls', '-o', 'name')).stdout.split('\n')).toEqual(
      expect.arrayContaining(['flaky', 'slow']),
    );
    expect(await json('tasks', 'search', 'fails on its first attempts')).toMatchObject([{ name: 'flaky' }]);
    expect(await json('tasks', 'get', 'slow')).toMatchObject({ name: 'slow', activeVersion: 1 });
    expect(await json<unknown[]>('workers', 'ls')).toContainEqual(
      expect.objectContaining({ task: 'slow', state: 'running' }),
    );
    expect(await json<unknown[]>('queues', 'ls')).toContainEqual(expect.objectContaining({ queue: 'default' }));
  });

  it('fails to deploy with the stage, the reason and the end of the log', async () => {
    mkdirSync(join(world.cwd, 'broken'));
    writeFileSync(join(world.cwd, 'broken', 'main.py'), 'def');
    const { code, stdout, stderr } = await tasksmith('deploy', 'broken');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /SyntaxError: invalid syntax\nerror: Deploying broken failed while building \(build\.failed\)/,
    );
    expect(stderr).toMatch(/hint: The whole log: tasksmith logs --deployment [0-9a-f-]{36}/);
  });

  it('stops when it is told to', async () => {
    await tasksmith('init', 'short_lived');
    await tasksmith('deploy', 'short_lived');
    const { code } = await tasksmith('deployments', 'stop', await activeId('short_lived'));
    expect(code).toBe(0);
    expect(await tasksmith('run', 'short_lived', '--arg', 'name=Ada')).toMatchObject({ code: 7 });
  });
});

describe('calls', () => {
  it('are sent now and asked for later', async () => {
    const { stdout } = await tasksmith('send', 'flaky', '--idempotency-key', 'once');
    const runId = stdout.trim();
    expect((await tasksmith('send', 'flaky', '--idempotency-key', 'once')).stdout.trim()).toBe(runId);
    expect(await tasksmith('result', runId, '--wait')).toMatchObject({ code: 0, stdout: 'succeeded on attempt 3\n' });
    expect(await json('result', runId)).toMatchObject({ runId, status: 'succeeded', attempt: 3 });
    expect((await tasksmith('retry', runId, '--wait')).stdout).toBe('succeeded on attempt 3\n');
  });

  it('take their arguments from stdin', async () => {
    const { code, stdout } = await world.runWith('{"steps":1,"step_ms":1}', 'run', 'slow', '--args-json', '-');
    expect({ code, result: JSON.parse(stdout) as unknown }).toEqual({ code: 0, result: { steps: 1, complete: true } });
  });

  it('show their progress while they run', async () => {
    const { stdout } = await tasksmith('send', 'slow', '--arg', 'steps=3', '--arg', 'step_ms=300');
    const { code, stderr } = await tasksmith('logs', stdout.trim(), '--follow');
    expect(code).toBe(0);
    expect(stderr).toMatch(/100 % step 3 of 3\n-- RunSucceeded/);
  });

  it('end with 5 when the run failed, with its traceback', async () => {
    const { code, stdout, stderr } = await tasksmith('run', 'flaky', '--arg', 'failures=9');
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toMatch(/Traceback .*error: Run .* failed in every attempt: ConnectionError/s);
  });

  it('end with 6 when the time is over, and say how to go on', async () => {
    const { code, stderr } = await tasksmith('run', 'slow', '--arg', 'steps=100', '--timeout', '1s');
    expect(code).toBe(6);
    const [, runId = ''] = /hint: It goes on\. .*tasksmith result ([0-9a-f-]{36}) --wait/.exec(stderr) ?? [];
    expect((await tasksmith('cancel', runId, '--reason', 'enough')).code).toBe(0);
    expect((await tasksmith('result', runId, '--wait')).code).toBe(5);
  });

  it('are let go by Ctrl-C, and say how to go on', async () => {
    const { stdout: runId } = await tasksmith('send', 'slow', '--arg', 'steps=100');
    const child = world.start('result', runId.trim(), '--wait');
    const over = ended(child);
    await untilSays(child, 'stderr', /Waiting for run/);
    child.kill('SIGINT');
    const { code, stderr } = await over;
    expect(code).toBe(130);
    expect(stderr).toContain(`Detached from run ${runId.trim()}. It goes on. To wait for it again: tasksmith result`);
    await tasksmith('cancel', runId.trim());
  });
});

describe('events', () => {
  it('come as they happen', async () => {
    const child = world.start('events', 'tail', '--type', 'RunAccepted', '-o', 'ndjson', '--after', '0.0');
    const said = untilSays(child, 'stdout', /"idempotencyKey":"marker"/);
    await tasksmith('send', 'slow', '--arg', 'steps=1', '--arg', 'step_ms=1', '--idempotency-key', 'marker');
    await said;
    const over = new Promise((done) => child.once('close', done));
    child.kill('SIGINT');
    expect(await over).toBe(130);
  });

  it('are read from a place, so many', async () => {
    const { code, stdout } = await tasksmith('events', 'tail', '--after', '0.0', '--limit', '2', '-o', 'ndjson');
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { type: string }).type)[0],
    ).toBe('KeyCreated');
  });
});

describe('schedules', () => {
  it('are made, paused, resumed, run at once and deleted', async () => {
    const made = await json<{ scheduleId: string }>(
      'schedules',
      'create',
      '--task',
      'flaky',
      '--every',
      '1h',
      '--arg',
      'failures=0',
    );
    const { scheduleId } = made;
    expect(await json('schedules', 'pause', scheduleId)).toMatchObject({ paused: true });
    expect(await json('schedules', 'resume', scheduleId)).toMatchObject({ paused: false });
    const { runId } = await json<{ runId: string }>('schedules', 'run-now', scheduleId);
    expect(await tasksmith('result', runId, '--wait')).toMatchObject({ code: 0, stdout: 'succeeded on attempt 1\n' });
    expect((await tasksmith('schedules', 'delete', scheduleId)).code).toBe(0);
    expect((await tasksmith('schedules', 'ls', '-o', 'name')).stdout).not.toContain(scheduleId);
  });
});

describe('API keys', () => {
  it('open what their scope allows until they are revoked', async () => {
    const { keyId, key } = await json<{ keyId: string; key: string }>(
      'keys',
      'create',
      'for a look',
      '--scope',
      'viewer',
    );
    const { stdout } = await tasksmith('status', '-o', 'json');
    const url = new URL((JSON.parse(stdout) as { stack: { addresses: { api: string } } }).stack.addresses.api).origin;
    const asViewer = (...args: string[]) => tasksmith(...args, '--url', url, '--key', key);
    expect((await asViewer('tasks', 'ls')).code).toBe(0);
    expect((await asViewer('send', 'flaky')).code).toBe(3);
    expect((await tasksmith('keys', 'revoke', keyId)).code).toBe(0);
    await expect.poll(async () => (await asViewer('tasks', 'ls')).code, { timeout: 10_000 }).toBe(3);
  });
});

describe('mistakes', () => {
  it.each([
    [['depoly', 'x'], 2, "error: unknown command 'depoly'\n(Did you mean deploy?)"],
    [['run'], 2, "missing required argument 'task'"],
    [['run', 'flaky', '--timeout', 'soon'], 2, 'Give a duration like 30s'],
    [['run', 'flaky', '--arg', 'failures'], 2, 'not of the form name=value'],
    [['run', 'flaky', '--arg', 'failures=many'], 2, '"failures" is "many" (string), expected integer'],
    [['run', 'flacky'], 4, 'hint: Did you mean flaky?'],
    [['result', '0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e'], 4, 'There is no run'],
    [['deploy', 'nowhere'], 1, 'nowhere does not exist'],
    [['schedules', 'create', '--task', 'flaky'], 2, 'either --cron or --every'],
    [['tasks', 'ls', '--url', 'http://127.0.0.1:9', '--key', 'tsk_x'], 8, 'cannot be reached'],
    [['tasks', 'ls', '-o', 'xml'], 2, 'Allowed choices are table, json, yaml, ndjson, name'],
  ])('%j ends with %i and says why', async (args, exit, words) => {
    const { code, stdout, stderr } = await tasksmith(...args);
    expect(stderr).toContain(words);
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
  });
});
