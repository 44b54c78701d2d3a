/** docker-compose.yml as a user runs it: built, up, a task deployed and run in a worker container, two dispatchers, down. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApi, type Api } from '../faults/api.js';

const root = new URL('../..', import.meta.url).pathname;
const execute = promisify(execFile);
const PORT = '17970';
const PROJECT = 'tasksmith-compose-test';
const NETWORK = 'tasksmith-compose-test-workers';

let folder: string;
let envFile: string;
let api: Api;

async function compose(...args: string[]): Promise<string> {
  const base = ['--project-name', PROJECT, '--env-file', envFile, '--project-directory', root];
  const env = { ...process.env, TASKSMITH_PORT: PORT, TASKSMITH_WORKER_NETWORK: NETWORK };
  const { stdout } = await execute('docker-compose', [...base, ...args], { cwd: root, env, maxBuffer: 50_000_000 });
  return stdout;
}

async function docker(...args: string[]): Promise<string> {
  return (await execute('docker', args)).stdout;
}

/** Of a run that was interrupted: its volume keeps a database with other passwords than this run makes, which nobody could log in to. */
async function removeLeftovers(): Promise<void> {
  // The services first: a deployer starts its workers again.
  for (const label of [`com.docker.compose.project=${PROJECT}`, `io.tasksmith.stack=${NETWORK}`]) {
    const ids = (await docker('ps', '-aq', '--filter', `label=${label}`)).split('\n').filter(Boolean);
    if (ids.length > 0) await docker('rm', '--force', '--volumes', ...ids);
  }
  await compose('down', '--volumes', '--remove-orphans');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tasksmith-compose-'));
  envFile = join(folder, '.env');
  await execute(process.execPath, [join(root, 'deploy/scripts/make-env.mjs')], {
    env: { ...process.env, TASKSMITH_ENV_FILE: envFile },
  });
  await Promise.all([compose('build', '--quiet'), removeLeftovers()]);
  await compose('up', '-d');
  const key = /^TASKSMITH_ADMIN_KEY=(.+)$/m.exec(await readFile(envFile, 'utf8'))![1]!;
  api = createApi(`http://127.0.0.1:${PORT}/api/v1`, key);
}, 600_000);

afterAll(async () => {
  await compose('down', '--volumes', '--remove-orphans');
  await docker('container', 'prune', '--force', '--filter', `label=io.tasksmith.stack=${NETWORK}`);
  await docker('image', 'prune', '--all', '--force', '--filter', `label=io.tasksmith.stack=${NETWORK}`);
  await rm(folder, { recursive: true, force: true });
});

async function call(a: number): Promise<unknown> {
  const { runId } = (await api.post('/runs', { task: 'add', arguments: { a, b: 1 } })) as { runId: string };
  return vi.waitFor(
    async () => {
      const run = (await api.get(`/runs/${runId}`)) as { status: string; result: unknown };
      expect(run.status).toBe('succeeded');
      return run.result;
    },
    { timeout: 30_000, interval: 100 },
  );
}

describe('docker compose', () => {
  it('makes secrets that nobody else can read, and none twice', async () => {
    const text = await readFile(envFile, 'utf8');
    expect(text).not.toMatch(/=(admin|password|changeme)?$/im);
    await execute(process.execPath, [join(root, 'deploy/scripts/make-env.mjs')], {
      env: { ...process.env, TASKSMITH_ENV_FILE: envFile },
    });
    expect(await readFile(envFile, 'utf8')).toBe(text);
  });

  it('deploys a task and runs it in a locked-down worker container', async () => {
    const content = 'from tasksmith import task\n\n@task\ndef add(a: int, b: int) -> int:\n    return a + b\n';
    const smokeTests = [{ task: 'add', arguments: { a: 1, b: 2 }, expect: 3 }];
    const body = { task: 'add', queue: 'composed', files: [{ path: 'main.py', content }], smokeTests };
    const { deploymentId } = (await api.post('/deployments', body)) as { deploymentId: string };
    await vi.waitFor(
      async () => {
        const { status, failure } = (await api.get(`/deployments/${deploymentId}`)) as {
          status: string;
          failure: unknown;
        };
        expect({ status, failure }).toEqual({ status: 'active', failure: null });
      },
      { timeout: 120_000, interval: 250 },
    );
    expect(await call(41)).toBe(42);
    const [container] = JSON.parse(await docker('inspect', 'add_composed_worker')) as [
      {
        HostConfig: { CapDrop: string[]; ReadonlyRootfs: boolean; RestartPolicy: { Name: string } };
        Config: { User: string };
      },
    ];
    expect(container.HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      ReadonlyRootfs: true,
      RestartPolicy: { Name: 'unless-stopped' },
    });
    expect(container.Config.User).toBe('10001:10001');
  });

  it('runs with two dispatchers', async () => {
    await compose('up', '-d', '--scale', 'dispatcher=2', '--no-recreate');
    await vi.waitFor(
      async () => {
        const ids = (await compose('ps', '-q', 'dispatcher')).split('\n').filter(Boolean);
        const states = await Promise.all(ids.map((id) => docker('inspect', '-f', '{{.State.Health.Status}}', id)));
        expect(states.map((state) => state.trim())).toEqual(['healthy', 'healthy']);
      },
      { timeout: 60_000, interval: 500 },
    );
    const results = await Promise.all(Array.from({ length: 50 }, (_, n) => call(n)));
    expect(results).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  });

  it('publishes the gateway alone, on loopback', async () => {
    const ports = await docker(
      'ps',
      '--filter',
      `label=com.docker.compose.project=${PROJECT}`,
      '--format',
      '{{.Ports}}',
    );
    const published = ports.split(/[\n,]/).filter((port) => port.includes('->'));
    expect(published).toEqual([`127.0.0.1:${PORT}->7070/tcp`]);
  });
});
