/** What every host of workers does, with a real Redis and, for the container host, a real engine. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DeploymentId, isRefused, laneOf, type QueueName, type TaskName } from '#contracts';
import { newId } from '#lifecycle';
import { QueueClient, QueueConnection } from '#queue';
import { type Bundle, DeploymentFolders, limitsOf, openBundle } from '../../apps/deployer/bundles/index.js';
import {
  DockerHost,
  Environments,
  findRuntimes,
  type HostedDeployment,
  type HostedWorker,
  HostFailure,
  ProcessHost,
  type Runtimes,
  type WorkerHost,
} from '../../apps/deployer/hosts/index.js';
import { LaneAccess } from '../../apps/deployer/lanes/lane-access.js';

const engine = new Docker();
const hasEngine = await engine.ping().then(
  () => true,
  () => false,
);
const isCi = Boolean(process.env['CI']);
if (!hasEngine && !isCi) console.warn('No Docker engine answers: the container host is not tested here.');

const NAMESPACE = 'wh';
const NETWORK = `tasksmith-test-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'tasksmith-hosts-'));
const folders = new DeploymentFolders(join(folder, 'deployments'));
const queue = 'default' as QueueName;

let redisPort: number;
let redis: ChildProcess;
let connection: QueueConnection;
let client: QueueClient;
let runtimes: Runtimes;

beforeAll(async () => {
  redisPort = await freePort();
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

const pythonCode = {
  'main.py':
    'from tasksmith import task\n\n\n@task\ndef add(a: int, b: int = 2) -> int:\n    """Adds."""\n    return a + b\n',
};
const nodeCode = {
  'main.mjs': "import { task } from 'tasksmith';\n\nexport const add = task({ name: 'add' }, ({ a, b }) => a + b);\n",
};

interface Opened {
  host: WorkerHost;
  redisHost: string;
  /** A second one over the same engine or folders, as after a restart of the service. */
  again(): WorkerHost;
}

describe('the process host', () => {
  const open = (): Opened => {
    const make = () => new ProcessHost({ environments: new Environments(runtimes, 'python3'), folders });
    return { host: make(), redisHost: '127.0.0.1', again: make };
  };
  afterAll(async () => {
    for (const { id } of await folders.list()) await open().host.remove(id);
  });
  conforms(open);

  it('takes on workers of an earlier process, and ends the ones that nobody wants', async () => {
    const { host, redisHost, again } = open();
    const deployment = await deploy('add', pythonCode);
    const settings = access(redisHost).settingsFor(deployment, { concurrency: 2 });
    const [before] = await host.start(deployment, settings);
    await host.close();
    const next = again();
    expect((await of(next, deployment)).map(({ handle }) => handle)).toEqual([before!.handle]);
    const [after] = await next.start(deployment, settings);
    expect(after).toEqual(before);
    await next.close();
    const third = again();
    await third.remove(deployment.id);
    // Whoever inherited it may take a moment to bury it.
    await vi.waitFor(() => expect(isAlive(Number(before!.handle))).toBe(false));
  });

  it('installs the packages again when the folder was lost', async () => {
    const { host, redisHost } = open();
    const code = { ...pythonCode, 'requirements.txt': '--no-index\n' };
    const deployment = await deploy('add', code);
    await host.prepare(deployment, quiet);
    rmSync(deployment.path, { recursive: true });
    await folders.layOut(deployment.path, await bundleOf(code));
    const [worker] = await host.start(deployment, access(redisHost).settingsFor(deployment, { concurrency: 1 }));
    expect(readlinkSync(`/proc/${worker!.handle}/cwd`)).toBe(deployment.path);
    expect(existsSync(join(deployment.path, '.tasksmith/venv/bin/python'))).toBe(true);
    await host.remove(deployment.id);
  });

  it('gives the code nothing of its own environment', async () => {
    process.env['TASKSMITH_MASTER_SECRET'] = 'never to be seen';
    const { host, redisHost } = open();
    const deployment = await deploy('add', pythonCode);
    const [worker] = await host.start(deployment, access(redisHost).settingsFor(deployment, { concurrency: 1 }));
    await until(
      async () => environmentOf(worker!.handle).includes('TASKSMITH_WORKER_ID'),
      'the worker has not started',
    );
    expect(environmentOf(worker!.handle)).not.toContain('never to be seen');
    delete process.env['TASKSMITH_MASTER_SECRET'];
    await host.remove(deployment.id);
  });

  it('says what pip said when packages cannot be installed', async () => {
    const { host } = open();
    const deployment = await deploy('add', { ...pythonCode, 'requirements.txt': './no-such-package-here\n' });
    const { failure, log } = await failureOf(host, deployment);
    expect(failure).toMatchObject({ code: 'build.failed', message: 'pip install failed' });
    expect(failure.log.join('\n')).toMatch(/no-such-package-here/);
    expect(log.join('\n')).toMatch(/virtual environment/);
  });
});

describe.skipIf(!hasEngine && !isCi)('the container host', () => {
  const stack = `test${process.pid}`;
  const make = () =>
    new DockerHost({
      ...{ engine, stack, network: NETWORK, runtimes },
      baseImages: { python: 'python:3.12-slim', node: 'node:22-slim' },
      limits: { memoryMb: 256, cpus: 1, pids: 128 },
    });
  let redisHost: string;
  beforeAll(async () => {
    await engine.createNetwork({ Name: NETWORK, Driver: 'bridge', Internal: true, CheckDuplicate: true });
    const { IPAM } = (await engine.getNetwork(NETWORK).inspect()) as Docker.NetworkInspectInfo;
    redisHost = IPAM!.Config![0]!['Gateway']!;
  });
  afterAll(async () => {
    for (const id of await make().deployments()) await make().remove(id);
    await engine.getNetwork(NETWORK).remove();
  });
  const open = (): Opened => ({ host: make(), redisHost, again: make });
  conforms(open);

  it('keeps the code from everything but Redis', async () => {
    const { host } = open();
    const deployment = await deploy('add', pythonCode);
    await host.prepare(deployment, quiet);
    const [worker] = await host.start(deployment, access(redisHost).settingsFor(deployment, { concurrency: 1 }));
    const inside = (code: string): string => {
      const { stdout, stderr } = spawnSync('docker', ['exec', worker!.handle, 'python3', '-c', code], {
        encoding: 'utf8',
      });
      return stdout + stderr;
    };
    expect(inside('import os; print(os.getuid(), os.getgid())')).toBe('10001 10001\n');
    expect(inside("print([l for l in open('/proc/self/status') if l.startswith('CapEff')])")).toMatch(
      /0000000000000000/,
    );
    expect(inside("open('/app/x', 'w')")).toMatch(/Read-only file system/);
    expect(inside("import os; print(os.path.exists('/var/run/docker.sock'))")).toBe('False\n');
    const reach = (address: string) =>
      inside(`import socket; socket.create_connection((${address}), 3); print('reached')`);
    expect(reach(`'${redisHost}', ${redisPort}`)).toBe('reached\n');
    expect(reach("'1.1.1.1', 53")).toMatch(/unreachable|timed out/);
    await host.remove(deployment.id);
  });

  it('gives the name to the newest deployment while the older one drains', async () => {
    const { host } = open();
    const [older, newer] = [await deploy('add', pythonCode), await deploy('add', pythonCode)];
    const names = async (deployment: HostedDeployment) => (await of(host, deployment)).map(({ name }) => name);
    for (const deployment of [older, newer]) {
      await host.prepare(deployment, quiet);
      await host.start(deployment, access(redisHost).settingsFor(deployment, { concurrency: 1 }));
    }
    expect(await names(newer)).toEqual(['add_default_worker']);
    expect(await names(older)).toEqual([`add_default_worker_draining-${older.id.slice(-8)}`]);
    await host.remove(older.id);
    await host.remove(newer.id);
  });

  it('builds the image again when the engine has lost it', async () => {
    const { host } = open();
    const deployment = await deploy('add', pythonCode);
    const { image } = await host.prepare(deployment, quiet);
    await engine.getImage(image).remove({ force: true });
    const settings = access(redisHost).settingsFor(deployment, { concurrency: 1 });
    expect(await host.start(deployment, settings)).toMatchObject([{ name: 'add_default_worker', tier: 'container' }]);
    await host.remove(deployment.id);
  });

  it('keeps one image of a deployment that is built again', async () => {
    const { host, again } = open();
    const deployment = await deploy('add', pythonCode);
    const images = () => engine.listImages({ filters: { label: [`io.tasksmith.deployment=${deployment.id}`] } });
    const files = async () =>
      (await deployment.files()).map(({ path, bytes }) => ({
        path,
        bytes: Buffer.concat([bytes, Buffer.from('#\n')]),
      }));
    await host.prepare({ ...deployment, files }, quiet);
    const [interrupted] = await images();
    const { image } = await again().prepare(deployment, quiet);
    expect((await images()).map(({ RepoTags }) => RepoTags)).toEqual([[image]]);
    expect((await images())[0]!.Id).not.toBe(interrupted!.Id);
    await host.remove(deployment.id);
    expect(await images()).toEqual([]);
    // Two builds, of which one alone takes some 20 s when others have the processors.
  }, 180_000);

  it('gives up on an engine that takes a question and never answers', async () => {
    const socketPath = join(folder, 'silent.sock');
    const silent = createServer(() => {}).listen(socketPath);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const asked = new DockerHost({
      ...{ engine: new Docker({ socketPath }), stack, network: NETWORK, runtimes },
      baseImages: { python: 'python:3.12-slim', node: 'node:22-slim' },
      limits: { memoryMb: 256, cpus: 1, pids: 128 },
    }).list();
    const refused = expect(asked).rejects.toMatchObject({ code: 'engine.unreachable' });
    await vi.advanceTimersByTimeAsync(15_000);
    vi.useRealTimers();
    await refused;
    silent.close();
  });

  it('says that it cannot reach its engine', async () => {
    const absent = new DockerHost({
      ...{ engine: new Docker({ socketPath: join(folder, 'absent.sock') }), stack, network: NETWORK, runtimes },
      baseImages: { python: 'python:3.12-slim', node: 'node:22-slim' },
      limits: { memoryMb: 256, cpus: 1, pids: 128 },
    });
    await expect(absent.check()).rejects.toMatchObject({ code: 'engine.unreachable' });
    expect(await failureOf(absent, await deploy('add', pythonCode))).toMatchObject({
      failure: { code: 'engine.unreachable' },
    });
  });
});

function conforms(open: () => Opened): void {
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

const quiet = { log: () => {}, signal: new AbortController().signal };

function access(redisHost: string): LaneAccess {
  return new LaneAccess({
    ...{ connection, namespace: NAMESPACE, masterSecretHex: 'ab'.repeat(32) },
    redis: { host: redisHost, port: redisPort },
  });
}

async function deploy(
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

async function bundleOf(code: Record<string, string>): Promise<Bundle> {
  const files = Object.entries(code).map(([path, content]) => ({ path, content, encoding: 'utf8' as const }));
  const bundle = await openBundle({ kind: 'files', files }, { limits: limitsOf(1_000_000), folders: [] });
  if (isRefused(bundle)) throw new Error(bundle.refusal.message);
  return bundle;
}

async function of(host: WorkerHost, { id }: HostedDeployment): Promise<HostedWorker[]> {
  const all = (await host.list()).filter(({ deploymentId }) => deploymentId === id);
  return all.sort((one, other) => one.replica - other.replica);
}

const logs = async (host: WorkerHost, { id }: HostedDeployment) =>
  (await host.logs(id, 50)).flatMap(({ lines }) => lines);

async function failureOf(
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

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

const environmentOf = (pid: string): string => readFileSync(`/proc/${pid}/environ`, 'utf8');

async function runtimesWithNode(): Promise<Runtimes> {
  const { bundleNodeWorker } = (await import(resolve('apps/worker-node/bundle.mjs'))) as {
    bundleNodeWorker(outfile: string): Promise<void>;
  };
  const nodeFile = join(folder, 'worker.mjs');
  await bundleNodeWorker(nodeFile);
  return { ...findRuntimes(), nodeFile };
}

async function until(
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

const isTrue = () => true;
const isFalse = () => false;
const ms = (from: number, to = performance.now()): string => `${Math.round(to - from)} ms`;
