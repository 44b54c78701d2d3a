/** Workers as processes of this host: for machines without containers. The code is kept apart by nothing but a process. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type DeploymentId, type StartedWorker } from '#contracts';
import { platformFolder } from '../../layout.js';
import { tasksDescribedBy } from '../describe.js';
import {
  DESCRIBE_WITHIN_MS,
  type HostedDeployment,
  type HostedWorker,
  HostFailure,
  isDiskFull,
  type PrepareOptions,
  type Prepared,
  type WorkerHost,
  workerName,
  type WorkerSettings,
} from '../worker-host.js';
import { type Environments } from './environment.js';
import { runProgram } from './run-program.js';
import { endGroup, SupervisedWorker } from './supervised-worker.js';
import { removeTemporaryFolder, temporaryFolder } from './temporary-folder.js';
import { lastLines } from './worker-log.js';
import { forgetRecord, livingRecord, livingRecords, recordedNames } from './worker-record.js';

export interface ProcessHostParts {
  environments: Environments;
  /** All deployment folders there are. */
  folders: { list(): Promise<{ id: DeploymentId; path: string }[]> };
}

export class ProcessHost implements WorkerHost {
  readonly kind = 'process';
  private readonly supervised = new Map<DeploymentId, SupervisedWorker[]>();

  constructor(private readonly parts: ProcessHostParts) {}

  async prepare(deployment: HostedDeployment, options: PrepareOptions): Promise<Prepared> {
    try {
      await this.parts.environments.install(deployment, options);
      return { image: `process ${deployment.runtime}`, tasks: await this.describe(deployment, options) };
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      throw new HostFailure('disk.full', 'The environment of the code does not fit on the disk', [], { cause: error });
    }
  }

  async start(deployment: HostedDeployment, settings: WorkerSettings): Promise<StartedWorker[]> {
    // Nothing to do, unless the folder was lost and laid out anew.
    await this.parts.environments.install(deployment, { log: () => {}, signal: new AbortController().signal });
    const { command, args, env } = await this.parts.environments.programOf(deployment);
    const workers: SupervisedWorker[] = [];
    for (let replica = 1; replica <= deployment.replicas; replica++) {
      const name = workerName(deployment, replica);
      const own = { TASKSMITH_WORKER_ID: name, TMPDIR: temporaryFolder(deployment.path, name) };
      const all = { ...env, ...settings, ...own };
      const logFile = logFileOf(deployment.path, name);
      const spec = { name, replica, path: deployment.path, command, args, env: all, fingerprint: hash(all), logFile };
      workers.push(await this.supervise(deployment.id, new SupervisedWorker(spec)));
    }
    return workers.map((worker) => ({ name: worker.spec.name, handle: worker.handle, tier: 'process' as const }));
  }

  async list(): Promise<HostedWorker[]> {
    const found = await Promise.all((await this.parts.folders.list()).map((folder) => this.workersIn(folder)));
    return found.flat();
  }

  async logs(id: DeploymentId, tail: number): Promise<{ worker: string; lines: string[] }[]> {
    const path = await this.pathOf(id);
    if (path === undefined) return [];
    const names = (await this.workersIn({ id, path })).map(({ name }) => name);
    return names.map((worker) => ({ worker, lines: lastLines(logFileOf(path, worker), tail) }));
  }

  async stop(id: DeploymentId): Promise<void> {
    const workers = this.supervised.get(id) ?? [];
    this.supervised.delete(id);
    await Promise.all(workers.map((worker) => worker.stop()));
    const path = await this.pathOf(id);
    if (path !== undefined) await endAll(path);
  }

  /** The folder with all that was installed is not this host's: whoever made it removes it. */
  async remove(id: DeploymentId): Promise<void> {
    await this.stop(id);
  }

  async deployments(): Promise<DeploymentId[]> {
    return [...new Set((await this.list()).map(({ deploymentId }) => deploymentId))];
  }

  async check(): Promise<void> {}

  async close(): Promise<void> {
    for (const worker of [...this.supervised.values()].flat()) worker.release();
    this.supervised.clear();
  }

  private async describe(deployment: HostedDeployment, { log, signal }: PrepareOptions) {
    const { command, args, env } = await this.parts.environments.programOf(deployment);
    let stdout = '';
    const stderr: string[] = [];
    const end = await runProgram({
      command,
      args: [...args, '--describe'],
      cwd: deployment.path,
      env,
      withinMs: DESCRIBE_WITHIN_MS,
      signal,
      onStdout: (line) => (stdout += `${line}\n`),
      onStderr: (line) => {
        stderr.push(line);
        log(line);
      },
    });
    signal.throwIfAborted();
    if (end.kind !== 'ended')
      throw new HostFailure(
        'build.failed',
        `The code took longer than ${DESCRIBE_WITHIN_MS / 1_000} s to load`,
        stderr,
      );
    return tasksDescribedBy({ status: end.status, stdout, stderr });
  }

  /** One that is supervised with the same settings stays as it is. */
  private async supervise(id: DeploymentId, worker: SupervisedWorker): Promise<SupervisedWorker> {
    const all = this.supervised.get(id) ?? [];
    const before = all.find(({ spec }) => spec.name === worker.spec.name);
    if (before?.spec.fingerprint === worker.spec.fingerprint) {
      worker.release();
      return before;
    }
    await before?.stop();
    await worker.start();
    this.supervised.set(id, [...all.filter((each) => each !== before), worker]);
    return worker;
  }

  private async workersIn({ id, path }: { id: DeploymentId; path: string }): Promise<HostedWorker[]> {
    const supervised = this.supervised.get(id) ?? [];
    const known = supervised.map((worker) => viewOf(worker, id));
    const names = new Set(known.map(({ name }) => name));
    const others = livingRecords(path).filter(({ name }) => !names.has(name));
    return [...known, ...others.map(({ name, pid }) => strayOf({ id, name, pid }))];
  }

  private async pathOf(id: DeploymentId): Promise<string | undefined> {
    return (await this.parts.folders.list()).find((folder) => folder.id === id)?.path;
  }
}

function viewOf(worker: SupervisedWorker, deploymentId: DeploymentId): HostedWorker {
  const { name, replica } = worker.spec;
  const { handle, state, restarts, detail } = worker;
  return { deploymentId, name, replica, tier: 'process', handle, state, restarts, detail };
}

/** A worker of an earlier process of this service, which nobody has taken on yet. */
function strayOf({ id, name, pid }: { id: DeploymentId; name: string; pid: number }): HostedWorker {
  const replica = Number(/-(\d+)$/.exec(name)?.[1] ?? 1);
  const what = { tier: 'process' as const, handle: String(pid), state: 'running' as const };
  return { deploymentId: id, name, replica, ...what, restarts: 0, detail: 'not supervised yet' };
}

/** Also of workers that ended while nobody supervised them. */
async function endAll(path: string): Promise<void> {
  await Promise.all(
    recordedNames(path).map(async (name) => {
      const living = livingRecord(path, name);
      if (living) await endGroup(path, living.pid);
      forgetRecord(path, name);
      await removeTemporaryFolder(path, name);
    }),
  );
}

const logFileOf = (path: string, name: string): string => join(platformFolder(path), 'logs', `${name}.log`);

function hash(env: WorkerSettings): string {
  const sorted = Object.entries(env).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}
