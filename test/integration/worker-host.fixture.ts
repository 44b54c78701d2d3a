/** What the tests of a host of workers play on: a real Redis, folders, bundles; and what every host does. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type DeploymentId, isRefused, laneOf, type QueueName, type TaskName } from '#contracts';
import { newId } from '#lifecycle';
import { QueueClient, QueueConnection } from '#queue';
import { type Bundle, DeploymentFolders, limitsOf, openBundle } from '../../apps/deployer/bundles/index.js';
import {
  findRuntimes,
  type HostedDeployment,
  type HostedWorker,
  HostFailure,
  type Runtimes,
  type WorkerHost,
} from '../../apps/deployer/hosts/index.js';
import { anyFreePort } from '../../deploy/local/index.js';
import { LaneAccess } from '../../apps/deployer/lanes/lane-access.js';

const NAMESPACE = 'wh';
export const folder = mkdtempSync(join(tmpdir(), 'tasksmith-hosts-'));
export const folders = new DeploymentFolders(join(folder, 'deployments'));
const queue = 'default' as QueueName;

export let redisPort: number;
let redis: ChildProcess;
let connection: QueueConnection;
let client: QueueClient;
export let runtimes: Runtimes;

/** Redis and the runtimes, for the tests of one file. */
export function useWorld(): void {
  beforeAll(async () => {
    redisPort = await anyFreePort();
    redis = spawn('redis-server', [
      '--port',
      String(redisPort),
      '--bind',
      '0.0.0.0',
      '--protected-mode',
      'no',
      '--save',
      '',
    ]);
    connection = new QueueConnection({ url: `redis://127.0.0.1:${redisPort}`, onError: () => {} });
    await until(() => connection.ready().then(isTrue, isFalse), 'Redis does not answer');
    client = new QueueClient(connection, NAMESPACE);
    runtimes = await runtimesWithNode();
  });
  afterAll(async () => {
    connection.close();
    redis.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
}

export const pythonCode = {
  'main.py':
    'from tasksmith import task\n\n\n@task\ndef add(a: int, b: int = 2) -> int:\n    """Adds."""\n    return a + b\n',
};
export const nodeCode = {
  'main.mjs': "import { task } from 'tasksmith';\n\nexport const add = task({ name: 'add' }, ({ a, b }) => a + b);\n",
};

export interface Opened {
  host: WorkerHost;
  redisHost: string;
  /** A second one over the same engine or folders, as after a restart of the service. */
  again(): WorkerHost;
}

/** What every host does. */
export function conforms(open: () => Opened): void {
  const opened: WorkerHost[] = [];
  const fresh = (): Opened => {
    const made = open();
    opened.push(made.host);
    return made;
  };
  afterEach(async () => {
    for (const host of opened.splice(0)) await host.close();
  });

  it.each([
    ['python', pythonCode],
    ['node', nodeCode],
  ] as const)('prepares, starts, shows, stops and forgets a deployment of %s', async (runtime, code) => {
    const { host, redisHost } = fresh();
    const deployment = await deploy('add', code, { runtime, replicas: 2 });
    const log: string[] = [];
    const began = performance.now();
    const prepared = await host.prepare(deployment, {
      log: (line) => log.push(line),
      signal: new AbortController().signal,
    });
    const built = performance.now();
    expect(prepared.tasks.map(({ name }) => name)).toEqual(['add']);
    expect(log.length).toBeGreaterThan(0);

    await access(redisHost).grant(deployment);
    const started = await host.start(deployment, access(redisHost).settingsFor(deployment, { concurrency: 2 }));
    expect(started.map(({ name }) => name)).toEqual(['add_default_worker', 'add_default_worker-2']);
    const lane = laneOf(queue, deployment.id);
    await until(
      async () => (await client.workers(lane)).length === 2,
      'the workers have not registered',
      () => logs(host, deployment),
    );
    console.log(`${host.kind} ${runtime}: prepared in ${ms(began, built)}, two workers registered ${ms(built)} later`);

    expect(await host.deployments()).toContain(deployment.id);
    expect(await of(host, deployment)).toMatchObject([
      { name: 'add_default_worker', replica: 1, state: 'running', restarts: 0 },
      { name: 'add_default_worker-2', replica: 2, state: 'running', restarts: 0 },
    ]);
    expect((await host.logs(deployment.id, 10)).map(({ worker }) => worker).sort()).toEqual(
      started.map(({ name }) => name),
    );

    await host.stop(deployment.id);
    expect(await of(host, deployment)).toEqual([]);
    expect(await client.workers(lane)).toEqual([]);
    await host.remove(deployment.id);
    await host.remove(deployment.id);
    expect(await host.deployments()).not.toContain(deployment.id);
  });

  it('leaves workers alone that run as asked, and replaces those that do not', async () => {
    const { host, redisHost } = fresh();
    const deployment = await deploy('add', pythonCode);
    await host.prepare(deployment, quiet);
    const settings = access(redisHost).settingsFor(deployment, { concurrency: 1 });
    const first = await host.start(deployment, settings);
    expect(await host.start(deployment, settings)).toEqual(first);
    const [replaced] = await host.start(deployment, { ...settings, TASKSMITH_CONCURRENCY: '3' });
    expect(replaced!.handle).not.toBe(first[0]!.handle);
    expect(await of(host, deployment)).toHaveLength(1);
    await host.remove(deployment.id);
  });

  it('starts a worker again that died', async () => {
    const { host, redisHost } = fresh();
    const deployment = await deploy('add', pythonCode);
    await host.prepare(deployment, quiet);
    await access(redisHost).grant(deployment);
    await host.start(deployment, access(redisHost).settingsFor(deployment, { concurrency: 1 }));
    const lane = laneOf(queue, deployment.id);
    await until(
      async () => (await client.workers(lane)).length > 0,
      'no worker has registered',
      () => logs(host, deployment),
    );
    killWorker((await of(host, deployment))[0]!);
    await until(async () => {
      const [worker] = await of(host, deployment);
      return worker?.state === 'running' && worker.restarts > 0;
    }, 'the worker was not started again');
    await host.remove(deployment.id);
  });

  it('says why code cannot be loaded', async () => {
    const { host } = fresh();
    const deployment = await deploy('add', { 'main.py': 'import nothing_of_this_name\n' });
    const { failure } = await failureOf(host, deployment);
    expect(failure).toMatchObject({ code: 'build.failed', message: expect.stringContaining('nothing_of_this_name') });
    expect(failure.log.join('\n')).toContain('main.py');
    await host.remove(deployment.id);
  });

  it('shows a worker that ends again and again, and what it said', async () => {
    const { host, redisHost } = fresh();
    const good = await deploy('add', pythonCode);
    await host.prepare(good, quiet);
    const settings = access(redisHost).settingsFor(good, { concurrency: 1 });
    await host.start(good, { ...settings, TASKSMITH_CONCURRENCY: 'many' });
    await until(async () => ((await of(host, good))[0]?.restarts ?? 0) >= 2, 'no restarts were seen');
    expect((await logs(host, good)).join('\n')).toMatch(/many/);
    await host.remove(good.id);
  });
}

export const quiet = { log: () => {}, signal: new AbortController().signal };

export function access(redisHost: string): LaneAccess {
  return new LaneAccess({
    ...{ connection, namespace: NAMESPACE, masterSecretHex: 'ab'.repeat(32) },
    redis: { host: redisHost, port: redisPort },
    leaseMs: 10_000,
  });
}

export async function deploy(
  task: string,
  code: Record<string, string>,
  { runtime = 'python' as 'python' | 'node', replicas = 1 } = {},
): Promise<HostedDeployment> {
  const bundle = await bundleOf(code);
  const named = { id: newId() as DeploymentId, task: task as TaskName, queue };
  const path = folders.pathOf(named);
  await folders.layOut(path, bundle);
  const entry = runtime === 'python' ? 'main.py' : 'main.mjs';
  return { ...named, runtime, entry, path, replicas, files: async () => bundle.files };
}

export async function bundleOf(code: Record<string, string>): Promise<Bundle> {
  const files = Object.entries(code).map(([path, content]) => ({ path, content, encoding: 'utf8' as const }));
  const bundle = await openBundle({ kind: 'files', files }, { limits: limitsOf(1_000_000), folders: [] });
  if (isRefused(bundle)) throw new Error(bundle.refusal.message);
  return bundle;
}

export async function of(host: WorkerHost, { id }: HostedDeployment): Promise<HostedWorker[]> {
  const all = (await host.list()).filter(({ deploymentId }) => deploymentId === id);
  return all.sort((one, other) => one.replica - other.replica);
}

const logs = async (host: WorkerHost, { id }: HostedDeployment) =>
  (await host.logs(id, 50)).flatMap(({ lines }) => lines);

export async function failureOf(
  host: WorkerHost,
  deployment: HostedDeployment,
): Promise<{ failure: HostFailure; log: string[] }> {
  const log: string[] = [];
  const failure: unknown = await host
    .prepare(deployment, { log: (line) => log.push(line), signal: new AbortController().signal })
    .catch((error: unknown) => error);
  if (!(failure instanceof HostFailure)) throw new Error(`expected a HostFailure, got ${String(failure)}`);
  return { failure, log };
}

function killWorker({ tier, handle }: HostedWorker): void {
  if (tier === 'process') process.kill(Number(handle), 'SIGKILL');
  // The restart policy takes a kill through the engine for a wish to stop, so the process is killed from the host.
  else
    process.kill(Number(spawnSync('docker', ['inspect', '-f', '{{.State.Pid}}', handle]).stdout.toString()), 'SIGKILL');
}

export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

export const environmentOf = (pid: string): string => readFileSync(`/proc/${pid}/environ`, 'utf8');

async function runtimesWithNode(): Promise<Runtimes> {
  const { bundleNodeWorker } = (await import(resolve('apps/worker-node/bundle.mjs'))) as {
    bundleNodeWorker(outfile: string): Promise<void>;
  };
  const nodeFile = join(folder, 'worker.mjs');
  await bundleNodeWorker(nodeFile);
  return { ...findRuntimes(), nodeFile };
}

export async function until(
  isSo: () => Promise<boolean>,
  complaint: string,
  more: () => Promise<string[]> = async () => [],
): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error([complaint, ...(await more())].join('\n'));
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const isTrue = () => true;
const isFalse = () => false;
const ms = (from: number, to = performance.now()): string => `${Math.round(to - from)} ms`;
