// Decides where workers run: in containers where an engine answers and has (or can get) the base images, else as processes.
import Docker from 'dockerode';

export type WorkerHost = { kind: 'docker'; engine: Docker } | { kind: 'process'; why: string };

export interface BaseImages {
  python: string;
  node: string;
}

const registryProbe = 'https://registry-1.docker.io/v2/';
const probeTimeoutMs = 2_000;

export function baseImages(env: NodeJS.ProcessEnv): BaseImages {
  return {
    python: env['TASKSMITH_PYTHON_IMAGE'] ?? 'python:3.12-slim',
    node: env['TASKSMITH_NODE_IMAGE'] ?? 'node:22-slim',
  };
}

/** TASKSMITH_WORKER_HOST settles it; `docker` then fails the start when no engine answers. */
export async function chooseWorkerHost(env: NodeJS.ProcessEnv): Promise<WorkerHost> {
  const wish = env['TASKSMITH_WORKER_HOST'];
  if (wish === 'process') return { kind: 'process', why: 'TASKSMITH_WORKER_HOST asks for it' };
  const engine = new Docker({ timeout: 10_000 });
  const obstacle = redisIsOutOfReach(env) ?? (await whatIsInTheWay(engine, baseImages(env), wish === 'docker'));
  if (!obstacle) return { kind: 'docker', engine };
  if (wish === 'docker') throw new Error(`TASKSMITH_WORKER_HOST=docker, but ${obstacle}`);
  return { kind: 'process', why: obstacle };
}

/** The embedded Redis listens on the worker network's gateway, which is an address of this machine only with an engine on it. */
function redisIsOutOfReach(env: NodeJS.ProcessEnv): string | undefined {
  const engineIsHere = process.platform === 'linux' && !/^(tcp|ssh|https?):/.test(env['DOCKER_HOST'] ?? '');
  if (engineIsHere || env['TASKSMITH_WORKER_REDIS_HOST']) return undefined;
  return 'the Docker engine is on another machine (or in a VM), where containers cannot reach the Redis here';
}

async function whatIsInTheWay(engine: Docker, images: BaseImages, isDemanded: boolean): Promise<string | undefined> {
  if (!(await succeeds(engine.ping()))) return 'no Docker engine answers';
  if (isDemanded || (await hasAll(engine, images)) || (await registryAnswers())) return undefined;
  return `the Docker engine lacks ${images.python} or ${images.node}, and no image registry can be reached`;
}

async function hasAll(engine: Docker, images: BaseImages): Promise<boolean> {
  const present = await Promise.all(
    [images.python, images.node].map((name) => succeeds(engine.getImage(name).inspect())),
  );
  return present.every(Boolean);
}

/** Any answer will do; an anonymous request is normally refused with 401. */
function registryAnswers(): Promise<boolean> {
  return succeeds(fetch(registryProbe, { signal: AbortSignal.timeout(probeTimeoutMs) }));
}

async function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}
