/** Deployments from outside: what is refused leaves nothing behind, what is interrupted goes on, and a new version takes over without a gap. */
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startStack, type Stack } from '../../deploy/local/index.js';
import { archiveOf, hostile } from './hostile-bundles.js';

interface Answer {
  status: number;
  body: Record<string, unknown> & { code?: string; detail?: string; hint?: string };
}

const code = (answer: string, loadSeconds = 0): string => `
import time
from tasksmith import task
time.sleep(${loadSeconds})

@task
def hello(name: str) -> str:
    """Greets."""
    return "${answer} " + name

@task
def nap(ms: int) -> str:
    time.sleep(ms / 1000)
    return "${answer}"
`;

let home: string;
let stack: Stack;
let database: Client;

/** A stack of its own for the tests of a block. */
function withWorkers(host: 'process' | 'docker'): void {
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'tasksmith-deployments-'));
    await chmod(home, 0o755); // PostgreSQL runs as another user when this is root, and must get in.
    const env = { ...process.env, TASKSMITH_WORKER_HOST: host };
    stack = await startStack({ home, port: 17_570, env, serviceEnv: { LOG_LEVEL: 'warn' } });
    database = new Client({ connectionString: stack.urls.database });
    database.on('error', () => undefined); // The stack may stop first.
    await database.connect();
  });

  afterAll(async () => {
    await database?.end();
    await stack?.stop();
    if (host === 'docker') await removeImages();
    await rm(home, { recursive: true, force: true });
  });
}

async function ask(method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<Answer> {
  const isRaw = body instanceof Uint8Array;
  const response = await fetch(`${stack.urls.api}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${stack.adminKey}`,
      ...(body !== undefined && !isRaw && { 'content-type': 'application/json' }),
      ...more,
    },
    ...(body !== undefined && { body: isRaw ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

async function deploy(content: string, more: object = {}): Promise<string> {
  const { status, body } = await ask('POST', '/deployments', {
    task: 'hello',
    queue: 'greetings',
    files: [{ path: 'main.py', content }],
    ...more,
  });
  expect({ status, body }).toMatchObject({ status: 202 });
  return body['deploymentId'] as string;
}

async function statusOf(id: string): Promise<string> {
  return (await ask('GET', `/deployments/${id}`)).body['status'] as string;
}

async function reaches(id: string, wanted: readonly string[], timeout = 60_000): Promise<string> {
  return vi.waitFor(
    async () => {
      const status = await statusOf(id);
      expect(wanted).toContain(status);
      return status;
    },
    { timeout, interval: 10 },
  );
}

async function hello(name: string): Promise<unknown> {
  const { body } = await ask('POST', '/runs', { task: 'hello', arguments: { name } }, { prefer: 'wait=20' });
  return body['result'];
}

async function traces(): Promise<{ folders: string[]; bundles: number }> {
  const { rows } = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM bundles');
  return { folders: await readdir(join(home, 'data', 'deployments')).catch(() => []), bundles: rows[0]!.count };
}

/** By the log: the deployer itself, which is killed again and again, answers too late. */
async function hasBegun(stage: keyof typeof beginnings, id: string): Promise<void> {
  const of = [`deployment-${id}`, beginnings[stage]];
  await vi.waitFor(
    async () => {
      const { rowCount } = await database.query('SELECT FROM events WHERE stream = $1 AND type = $2', of);
      expect(rowCount).toBeGreaterThan(0);
    },
    { timeout: 60_000, interval: 10 },
  );
}

const engine = new Docker();
const ofStack = () => ({ label: [`io.tasksmith.stack=${stack.env['TASKSMITH_WORKER_NETWORK']}`] });

/** What the engine has of this stack, by the deployment that it belongs to. */
async function onEngine(): Promise<{ containers: string[]; images: string[]; networks: string[] }> {
  const filters = ofStack();
  const ids = (all: { Labels: Record<string, string> | null }[]): string[] =>
    all.map(({ Labels }) => Labels?.['io.tasksmith.deployment'] ?? 'none').sort();
  const [containers, images, networks] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    engine.listImages({ filters }),
    engine.listNetworks({ filters: { label: [`io.tasksmith.home=${home}`] } }),
  ]);
  return { containers: ids(containers), images: ids(images), networks: networks.map(({ Name }) => Name) };
}

/** A stack that is only stopped keeps those of what is active; this one is never started again. */
async function removeImages(): Promise<void> {
  for (const { Id } of await engine.listImages({ filters: ofStack() }))
    await engine.getImage(Id).remove({ force: true });
}

/** The event with which a stage begins. */
const beginnings = {
  stored: 'DeploymentStored',
  building: 'DeploymentBuildStarted',
  starting: 'DeploymentBuilt',
  testing: 'DeploymentWorkersStarted',
} as const;

/** Each deployment is interrupted twice, which takes less time than one for each stage. */
function goesOnAfterItsDeployerWasKilled(): void {
  it.each([
    ['stored', 'starting'],
    ['building', 'testing'],
  ] as const)('goes on after its deployer was killed at %s and at %s', async (...stages) => {
    const answer = `after-${stages.join('-')}`;
    const id = await deploy(code(answer, 0.4), {
      smokeTests: [{ task: 'nap', arguments: { ms: 600 }, expect: answer }],
    });
    for (const stage of stages) {
      await hasBegun(stage, id);
      stack.killService('deployer');
    }
    await reaches(id, ['active']);
    expect(await hello('you')).toBe(`${answer} you`);
  });
}

/** @returns the deployments that serve, once nothing is left of all others. */
function untilOnlyActiveOnesAreLeft(): Promise<string[]> {
  return vi.waitFor(
    async () => {
      const { items } = (await ask('GET', '/deployments')).body as {
        items: { status: string; deploymentId: string }[];
      };
      expect(items.filter(({ status }) => !['active', 'stopped', 'failed'].includes(status))).toEqual([]);
      const active = items.filter(({ status }) => status === 'active').map(({ deploymentId }) => deploymentId);
      const { workers } = (await ask('GET', '/workers')).body as { workers: { deploymentId: string }[] };
      expect(new Set(workers.map(({ deploymentId }) => deploymentId))).toEqual(new Set(active));
      expect((await traces()).folders.length).toBe(active.length);
      return active;
    },
    { timeout: 60_000, interval: 500 },
  );
}

describe('with workers as processes', () => {
  withWorkers('process');

  describe('a hostile bundle', () => {
    it.each(Object.keys(hostile))('with %s is refused whole and leaves nothing', async (name) => {
      const before = await traces();
      const body = await archiveOf(hostile[name]!);
      const startedAt = performance.now();
      const answer = await ask('POST', '/deployments?task=hello&queue=greetings', body, {
        'content-type': 'application/gzip',
      });
      expect(answer.body.code, JSON.stringify(answer.body)).toMatch(/^bundle\.(refused|too-large)$/);
      expect(answer.status).toBeGreaterThanOrEqual(413);
      expect(answer.body.detail!.length).toBeGreaterThan(10);
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      expect(await traces()).toEqual(before);
    });
  });

  describe('a mistake gets a clear answer', () => {
    it('without a key, with a wrong key', async () => {
      expect(await ask('GET', '/tasks', undefined, { authorization: '' })).toMatchObject({
        status: 401,
        body: { code: 'auth.missing' },
      });
      const wrong = 'Bearer tsk_000000000000_00000000000000000000000000000000';
      expect(await ask('GET', '/tasks', undefined, { authorization: wrong })).toMatchObject({
        status: 401,
        body: { code: 'auth.invalid' },
      });
    });

    it('for a bundle without an entry file', async () => {
      const body = { task: 'hello', queue: 'greetings', files: [{ path: 'readme.txt', content: 'nothing' }] };
      expect(await ask('POST', '/deployments', body)).toMatchObject({
        status: 422,
        body: { code: 'bundle.file-missing' },
      });
    });

    it('for code that cannot be loaded, with the reason and the log', async () => {
      const id = await deploy('import no_such_package\n');
      await reaches(id, ['failed']);
      const { body } = await ask('GET', `/deployments/${id}`);
      expect(JSON.stringify(body['failure'])).toMatch(/"stage":"building".*no_such_package/s);
    });

    it('for a task that nobody has, and one that has stopped', async () => {
      expect(await ask('POST', '/runs', { task: 'nobody' })).toMatchObject({
        status: 404,
        body: { code: 'task.unknown' },
      });
      const id = await deploy(code('short'), {
        task: 'nap',
        queue: 'naps',
        files: [{ path: 'main.py', content: code('short').replace('def hello', 'def hello_once') }],
      });
      await reaches(id, ['active']);
      await ask('POST', `/deployments/${id}/stop`, { reason: 'no longer needed' });
      await reaches(id, ['stopped']);
      const { status, body } = await ask('POST', '/runs', { task: 'nap', arguments: { ms: 1 } });
      expect({ status, code: body.code }).toEqual({ status: 409, code: 'task.not-serving' });
    });
  });

  describe('a deployment', () => {
    it('keeps the previous version when its smoke test fails', async () => {
      const first = await deploy(code('good'), {
        smokeTests: [{ task: 'hello', arguments: { name: 'you' }, expect: 'good you' }],
      });
      await reaches(first, ['active']);
      const second = await deploy(code('bad'), {
        smokeTests: [{ task: 'hello', arguments: { name: 'you' }, expect: 'good you' }],
      });
      await reaches(second, ['failed']);
      const { body } = await ask('GET', `/deployments/${second}`);
      expect(body['failure']).toMatchObject({ stage: 'testing', code: 'test.failed' });
      expect(await hello('me')).toBe('good me');
    });

    it('takes over while runs of the version before finish there', async () => {
      const { body } = await ask('POST', '/runs', { task: 'nap', arguments: { ms: 4_000 } });
      const next = await deploy(code('newer'));
      await reaches(next, ['active']);
      expect(await hello('me')).toBe('newer me');
      const run = await vi.waitFor(
        async () => {
          const answer = await ask('GET', `/runs/${body['runId'] as string}`);
          expect(answer.body['status']).toBe('succeeded');
          return answer.body;
        },
        { timeout: 15_000 },
      );
      expect(run['result']).toBe('good');
    });

    goesOnAfterItsDeployerWasKilled();

    it('leaves no worker of an ended deployment', async () => {
      await untilOnlyActiveOnesAreLeft();
    });
  });
});

describe('with workers in containers', () => {
  withWorkers('docker');

  describe('a deployment', () => {
    goesOnAfterItsDeployerWasKilled();

    it('leaves no container and no image when it has ended', async () => {
      const networks = [stack.env['TASKSMITH_WORKER_NETWORK']];
      // The one before the last may still have to go, which its workers and its image do one after the other.
      const active = await vi.waitFor(
        async () => {
          const serving = await untilOnlyActiveOnesAreLeft();
          expect(serving).toHaveLength(1);
          expect(await onEngine()).toEqual({ containers: serving, images: serving, networks });
          return serving;
        },
        { timeout: 60_000, interval: 500 },
      );
      for (const id of active) await ask('POST', `/deployments/${id}/stop`, { reason: 'the end' });
      expect(await untilOnlyActiveOnesAreLeft()).toEqual([]);
      await stack.stop();
      expect(await onEngine()).toEqual({ containers: [], images: [], networks: [] });
    });
  });
});
