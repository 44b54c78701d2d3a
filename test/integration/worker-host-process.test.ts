/** The host whose workers are processes, with a real Redis. */
import { existsSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { Environments, ProcessHost } from '../../apps/deployer/hosts/index.js';
import {
  access,
  bundleOf,
  conforms,
  deploy,
  environmentOf,
  failureOf,
  folders,
  isAlive,
  nodeCode,
  of,
  type Opened,
  pythonCode,
  quiet,
  runtimes,
  until,
  useWorld,
} from './worker-host.fixture.js';

useWorld();

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

  it('leaves nothing in the temporary folder of a worker that was killed, nor of one that was stopped', async () => {
    const { host, redisHost } = open();
    const deployment = await deploy('add', nodeCode, { runtime: 'node' });
    const settings = access(redisHost).settingsFor(deployment, { concurrency: 1 });
    const [worker] = await host.start(deployment, settings);
    await until(async () => environmentOf(worker!.handle).includes('TMPDIR'), 'the worker has not started');
    const temporary = /TMPDIR=([^\0]+)/.exec(environmentOf(worker!.handle))![1]!;
    await until(async () => readdirSync(temporary).length === 1, 'the bundle has not been compiled');
    const [before] = readdirSync(temporary);
    process.kill(Number(worker!.handle), 'SIGKILL');
    const after = () => readdirSync(temporary).filter((entry) => entry !== before);
    await until(async () => after().length === 1, 'the worker has not been started again');
    expect(readdirSync(temporary)).toEqual(after());
    await host.remove(deployment.id);
    expect(existsSync(temporary)).toBe(false);
  });

  it('removes the temporary folder of a worker that died while nobody supervised it', async () => {
    const { host, redisHost, again } = open();
    const deployment = await deploy('add', nodeCode, { runtime: 'node' });
    const settings = access(redisHost).settingsFor(deployment, { concurrency: 1 });
    const [worker] = await host.start(deployment, settings);
    await until(async () => environmentOf(worker!.handle).includes('TMPDIR'), 'the worker has not started');
    const temporary = /TMPDIR=([^\0]+)/.exec(environmentOf(worker!.handle))![1]!;
    await host.close();
    process.kill(Number(worker!.handle), 'SIGKILL');
    await vi.waitFor(() => expect(isAlive(Number(worker!.handle))).toBe(false));
    expect(existsSync(temporary)).toBe(true);
    await again().stop(deployment.id);
    expect(existsSync(temporary)).toBe(false);
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
