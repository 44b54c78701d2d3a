/** Workers as containers of a Docker engine. */
import { createHash } from 'node:crypto';
import type Docker from 'dockerode';
import { type Container, type ContainerInfo } from 'dockerode';
import { type DeploymentId, type StartedWorker } from '#contracts';
import { tasksDescribedBy } from '../describe.js';
import {
  BUILD_WITHIN_MS,
  DESCRIBE_WITHIN_MS,
  type HostedDeployment,
  type HostedWorker,
  HostFailure,
  type PrepareOptions,
  type Prepared,
  type WorkerHost,
  workerName,
  type WorkerSettings,
} from '../worker-host.js';
import { containerOptions, type ContainerLimits } from './container-options.js';
import { linesOf, splitOutput } from './container-output.js';
import { detailOf, isUp, stateOf } from './container-state.js';
import { ifThere, orAnswered, statusOf, withEngine } from './engine-errors.js';
import { type BuildSettings, ImageBuilder } from './image-builder.js';
import { deploymentOf, drainingName, imageName, LABELS, labelsOf } from './names.js';

export interface DockerHostSettings extends BuildSettings {
  engine: Docker;
  /** Tells what belongs to this stack from what other stacks have on the same engine. */
  stack: string;
  /** Made when it is not there, without a way out. */
  network: string;
  limits: ContainerLimits;
}

/** For what the engine answers from memory. */
const SOON = { withinMs: 15_000 };
/** For what may stop a container: SIGTERM, ten seconds, SIGKILL, removal. */
const AFTER_STOPPING = { withinMs: 60_000 };
/** A build has its own limit, and so has the loading of the code. */
const AFTER_BUILDING = { withinMs: BUILD_WITHIN_MS + 2 * DESCRIBE_WITHIN_MS };
const NAME_TRIES = 3;
const DESCRIBE_LIMITS: ContainerLimits = { memoryMb: 512, cpus: 1, pids: 128 };

export class DockerHost implements WorkerHost {
  readonly kind = 'docker';
  private readonly engine: Docker;
  private readonly builder: ImageBuilder;

  constructor(private readonly settings: DockerHostSettings) {
    this.engine = settings.engine;
    this.builder = new ImageBuilder(settings.engine, settings);
  }

  async prepare(deployment: HostedDeployment, options: PrepareOptions): Promise<Prepared> {
    return withEngine(async () => {
      const labels = labelsOf(deployment, this.settings.stack);
      const image = await this.builder.build(deployment, labels, options);
      await this.removeUntagged(deployment.id);
      return { image, tasks: await this.describe(deployment, image, options) };
    }, AFTER_BUILDING);
  }

  async start(deployment: HostedDeployment, settings: WorkerSettings): Promise<StartedWorker[]> {
    return withEngine(async () => {
      await this.ensureNetwork();
      await this.ensureImage(deployment);
      const workers: StartedWorker[] = [];
      for (let replica = 1; replica <= deployment.replicas; replica++)
        workers.push(await this.startReplica(deployment, replica, settings));
      return workers;
    }, AFTER_BUILDING);
  }

  async list(): Promise<HostedWorker[]> {
    return withEngine(async () => {
      const found = await Promise.all((await this.containers()).map((container) => this.viewOf(container)));
      return found.flatMap((worker) => worker ?? []);
    }, SOON);
  }

  async logs(id: DeploymentId, tail: number): Promise<{ worker: string; lines: string[] }[]> {
    return withEngine(
      async () =>
        Promise.all(
          (await this.containers(id)).map(async (container) => {
            const output = await ifThere(() =>
              this.engine.getContainer(container.Id).logs({ stdout: true, stderr: true, tail }),
            );
            const { mixed } = splitOutput(output ?? Buffer.alloc(0));
            return { worker: nameOf(container), lines: linesOf(mixed) };
          }),
        ),
      SOON,
    );
  }

  async stop(id: DeploymentId): Promise<void> {
    await withEngine(async () => {
      await Promise.all((await this.containers(id)).map(({ Id }) => removeContainer(this.engine.getContainer(Id))));
    }, AFTER_STOPPING);
  }

  async remove(id: DeploymentId): Promise<void> {
    await this.stop(id);
    await withEngine(async () => {
      await this.removeContainersOfBuild(id);
      for (const image of await this.images(id))
        await ifThere(() => this.engine.getImage(image).remove({ force: true }));
    }, AFTER_STOPPING);
  }

  async deployments(): Promise<DeploymentId[]> {
    return withEngine(async () => {
      const filters = { label: [`${LABELS.stack}=${this.settings.stack}`] };
      const [containers, images] = await Promise.all([
        this.engine.listContainers({ all: true, filters }),
        this.engine.listImages({ filters }),
      ]);
      const ids = [...containers, ...images].flatMap(({ Labels }) => deploymentOf(Labels) ?? []);
      return [...new Set(ids)];
    }, SOON);
  }

  async check(): Promise<void> {
    await withEngine(() => this.engine.ping(), SOON);
  }

  async close(): Promise<void> {}

  /** In a container that reaches nothing and is thrown away. */
  private async describe(deployment: HostedDeployment, image: string, { log, signal }: PrepareOptions) {
    const name = `tasksmith-describe-${deployment.id}`;
    await removeContainer(this.engine.getContainer(name));
    const container = await this.engine.createContainer(
      containerOptions({
        ...{ name, image, network: 'none', limits: DESCRIBE_LIMITS, keptRunning: false },
        labels: { ...labelsOf(deployment, this.settings.stack), [LABELS.role]: 'describe' },
        env: deployment.entry ? { TASKSMITH_ENTRY: deployment.entry } : {},
        args: ['--describe'],
      }),
    );
    try {
      await container.start();
      const withinTime = AbortSignal.any([signal, AbortSignal.timeout(DESCRIBE_WITHIN_MS)]);
      const { StatusCode } = (await container.wait({ abortSignal: withinTime })) as { StatusCode: number };
      const { stdout, stderr } = splitOutput(await container.logs({ stdout: true, stderr: true }));
      linesOf(stderr).forEach(log);
      return tasksDescribedBy({ status: StatusCode, stdout, stderr: linesOf(stderr) });
    } catch (error) {
      signal.throwIfAborted();
      if ((error as Error).name !== 'AbortError' && (error as Error).name !== 'TimeoutError') throw error;
      throw new HostFailure('build.failed', `The code took longer than ${DESCRIBE_WITHIN_MS / 1_000} s to load`);
    } finally {
      await removeContainer(container);
    }
  }

  private async startReplica(
    deployment: HostedDeployment,
    replica: number,
    settings: WorkerSettings,
  ): Promise<StartedWorker> {
    const wanted = workerName(deployment, replica);
    const env = {
      ...settings,
      ...(deployment.entry ? { TASKSMITH_ENTRY: deployment.entry } : {}),
      TASKSMITH_WORKER_ID: wanted,
      TASKSMITH_BUNDLE_DIR: '/app',
    };
    const fingerprint = hash(env);
    const before = (await this.containers(deployment.id)).filter(
      ({ Labels }) => Labels[LABELS.replica] === String(replica),
    );
    const running = before.find(({ State, Labels }) => isUp(State) && Labels[LABELS.settings] === fingerprint);
    if (running) return startedWorker(nameOf(running), running.Id);
    for (const { Id } of before) await removeContainer(this.engine.getContainer(Id));
    const labels = {
      ...labelsOf(deployment, this.settings.stack),
      [LABELS.tier]: 'container',
      [LABELS.replica]: String(replica),
      [LABELS.settings]: fingerprint,
      [LABELS.role]: 'worker',
    };
    const { network, limits } = this.settings;
    const request = { image: imageName(deployment), network, labels, env, limits, keptRunning: true };
    const { name, container } = await this.create(wanted, deployment.id, (free) =>
      containerOptions({ ...request, name: free }),
    );
    await container.start();
    return startedWorker(name, container.id);
  }

  /** Another may take the name between the look and the deed. */
  private async create(wanted: string, id: DeploymentId, optionsFor: (name: string) => Docker.ContainerCreateOptions) {
    for (let tries = 1; ; tries++) {
      const name = await this.freeName(wanted, id);
      try {
        return { name, container: await this.engine.createContainer(optionsFor(name)) };
      } catch (error) {
        if (statusOf(error) !== 409 || tries === NAME_TRIES) throw error;
      }
    }
  }

  /** The name belongs to the newest deployment: an older one of this stack gives it up, another stack keeps it. */
  private async freeName(wanted: string, id: DeploymentId): Promise<string> {
    const holder = await ifThere(() => this.engine.getContainer(wanted).inspect());
    if (!holder) return wanted;
    const holderId = deploymentOf(holder.Config.Labels);
    const isOurs = holder.Config.Labels[LABELS.stack] === this.settings.stack;
    if (!isOurs || !holderId || holderId === id)
      return `${wanted}-${isOurs ? holder.Id.slice(0, 8) : this.settings.stack}`;
    await this.engine.getContainer(holder.Id).rename({ name: drainingName(wanted, holderId) });
    return wanted;
  }

  /** An engine that was emptied gets the image again. */
  private async ensureImage(deployment: HostedDeployment): Promise<void> {
    if (await ifThere(() => this.engine.getImage(imageName(deployment)).inspect())) return;
    const options = { log: () => {}, signal: AbortSignal.timeout(BUILD_WITHIN_MS) };
    await this.builder.build(deployment, labelsOf(deployment, this.settings.stack), options);
  }

  private async ensureNetwork(): Promise<void> {
    const { network } = this.settings;
    if (await ifThere(() => this.engine.getNetwork(network).inspect())) return;
    await this.engine
      .createNetwork({
        Name: network,
        Driver: 'bridge',
        Internal: true,
        CheckDuplicate: true,
        Labels: { [LABELS.stack]: this.settings.stack },
        Options: { 'com.docker.network.bridge.enable_icc': 'false' },
      })
      .catch(orAnswered(409));
  }

  private containers(id?: DeploymentId, role = 'worker'): Promise<ContainerInfo[]> {
    const label = [`${LABELS.stack}=${this.settings.stack}`, `${LABELS.role}=${role}`];
    if (id !== undefined) label.push(`${LABELS.deployment}=${id}`);
    return this.engine.listContainers({ all: true, filters: { label } });
  }

  private async removeContainersOfBuild(id: DeploymentId): Promise<void> {
    for (const { Id } of await this.containers(id, 'describe')) await removeContainer(this.engine.getContainer(Id));
  }

  private async images(id: DeploymentId, more: Record<string, string[]> = {}): Promise<string[]> {
    const label = [`${LABELS.stack}=${this.settings.stack}`, `${LABELS.deployment}=${id}`];
    return (await this.engine.listImages({ filters: { label, ...more } })).map(({ Id }) => Id);
  }

  /** The engine may finish a build whose deployer has died, and that another has begun anew: the name goes to one of the two images. */
  private async removeUntagged(id: DeploymentId): Promise<void> {
    for (const image of await this.images(id, { dangling: ['true'] }))
      // 409: a container runs from it, and both go with their deployment.
      await this.engine.getImage(image).remove().catch(orAnswered(404, 409));
  }

  private async viewOf(info: ContainerInfo): Promise<HostedWorker | undefined> {
    const deploymentId = deploymentOf(info.Labels);
    const inspected = await ifThere(() => this.engine.getContainer(info.Id).inspect());
    if (!deploymentId || !inspected) return undefined;
    const { State, RestartCount } = inspected as typeof inspected & { RestartCount: number };
    return {
      deploymentId,
      name: nameOf(info),
      replica: Number(info.Labels[LABELS.replica] ?? 1),
      tier: 'container',
      handle: info.Id,
      state: stateOf(State),
      restarts: RestartCount,
      detail: detailOf(State),
    };
  }
}

const nameOf = ({ Names }: ContainerInfo): string => (Names[0] ?? '').replace(/^\//, '');
const startedWorker = (name: string, handle: string): StartedWorker => ({ name, handle, tier: 'container' });

/** SIGTERM, ten seconds, SIGKILL; then nothing is left of it. */
async function removeContainer(container: Container): Promise<void> {
  await container.stop({ t: 10 }).catch(orAnswered(304, 404));
  // 409: another removal of the same container is under way.
  await container.remove({ force: true, v: true }).catch(orAnswered(404, 409));
}

function hash(env: WorkerSettings): string {
  const sorted = Object.entries(env).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}
