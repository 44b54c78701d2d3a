/** The host whose workers are containers, with a real engine and a real Redis. */
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DockerHost, type HostedDeployment } from '../../apps/deployer/hosts/index.js';
import {
  access,
  conforms,
  deploy,
  failureOf,
  folder,
  of,
  type Opened,
  pythonCode,
  quiet,
  redisPort,
  runtimes,
  useWorld,
} from './worker-host.fixture.js';

const engine = new Docker();
const hasEngine = await engine.ping().then(
  () => true,
  () => false,
);
const isCi = Boolean(process.env['CI']);
if (!hasEngine && !isCi) console.warn('No Docker engine answers: the container host is not tested here.');

const NETWORK = `tasksmith-test-${process.pid}`;

useWorld();

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
