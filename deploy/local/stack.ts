// The whole local stack: servers, then migrations, then the five services; stopped in the opposite order.
import { join } from 'node:path';
import { type Home, openHome } from './home.js';
import { type LocalServer, type ServerName } from './local-server.js';
import { migrate } from './migrate.js';
import { firstFreePortFrom, portOf } from './ports.js';
import { openSecrets } from './secrets.js';
import { type Servers, startServers } from './servers.js';
import { type ServiceName, Services } from './services.js';
import { type StackAddresses, StateRecord } from './state.js';
import { type SupervisedProcess } from './supervised-process.js';
import { baseImages, chooseWorkerHost, type WorkerHost } from './worker-host.js';
import { openWorkerNetwork, type WorkerNetwork } from './worker-network.js';

export interface StackOptions {
  /** The folder of data, logs and secrets; default TASKSMITH_HOME, else `.tasksmith` in the repository. */
  home?: string;
  /** The settings to start from. Default: the environment of this process. */
  env?: NodeJS.ProcessEnv;
  /** More settings for the services, over all others. */
  serviceEnv?: NodeJS.ProcessEnv;
  /** The gateway's port; the next free one is taken when it is in use. Default PORT, else 7070. */
  port?: number;
  /** Shows the log lines of servers and services on this terminal too. */
  echo?: boolean;
  /** Tells a person what is worth knowing. */
  say?: (message: string) => void;
}

export interface Stack {
  urls: Servers['urls'] & StackAddresses & { health: Record<ServiceName, string> };
  adminKey: string;
  /** True when the admin key was made by this start. */
  isFirstStart: boolean;
  workerHost: { kind: 'docker' } | { kind: 'process'; why: string };
  home: Home;
  /** What the services were given. */
  env: NodeJS.ProcessEnv;
  processes: Record<ServiceName, SupervisedProcess>;
  servers: Partial<Record<ServerName, LocalServer>>;
  /** Stops everything; safe to call twice, and again while it stops. */
  stop(): Promise<void>;
  /** SIGTERM, wait, start, wait until ready. */
  restartService(name: ServiceName): Promise<void>;
  /** Stops it and leaves it stopped. */
  stopService(name: ServiceName): Promise<void>;
  startService(name: ServiceName): Promise<void>;
  /** SIGKILL (or the signal given); it is started again by itself, which `untilReady` waits for. */
  killService(name: ServiceName, signal?: NodeJS.Signals): void;
  untilReady(): Promise<void>;
}

/** Throws AlreadyRunningError when this home has a running stack. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const home = openHome(options.home);
  const record = await StateRecord.claim(home);
  const started = new StopsInReverse(record);
  try {
    return await startAll(options, home, record, started);
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function startAll(
  options: StackOptions,
  home: Home,
  record: StateRecord,
  started: StopsInReverse,
): Promise<Stack> {
  const { env = process.env, echo = false, say = () => undefined } = options;
  const onPid = (name: string, pid: number | undefined) => record.noteProcess(name, pid);
  const { isNew: isFirstStart } = openSecrets(home);

  const workerHost = await chooseWorkerHost(env);
  const network = workerHost.kind === 'docker' ? await openWorkerNetwork(workerHost.engine, home) : undefined;
  if (network) started.add(() => network.remove());

  const servers = await startServers({ home: home.path, env, echo, onPid, say, redisAlsoBind: network?.gateway });
  started.add(() => servers.stop());
  if (servers.embedded.redis) network?.allowOnly(servers.embedded.redis.port, say);

  const port = await choosePort(options, env, say);
  const serviceEnv = { ...settingsFor({ env, home, servers, port, workerHost, network }), ...options.serviceEnv };
  await migrate(home, { ...serviceEnv, DATABASE_OWNER_URL: servers.urls.databaseOwner });

  const services = await Services.prepare({ home, env: serviceEnv, echo, onPid, say });
  started.add(() => services.stop());
  await services.start();

  const addresses = addressesAt(port);
  record.ready(addresses);
  return {
    urls: { ...servers.urls, ...addresses, health: services.healthUrls },
    adminKey: serviceEnv['TASKSMITH_ADMIN_KEY'] ?? '',
    isFirstStart,
    workerHost: workerHost.kind === 'docker' ? { kind: 'docker' } : workerHost,
    home,
    env: serviceEnv,
    processes: services.processes,
    servers: servers.embedded,
    stop: () => started.stop(),
    restartService: (name) => services.processes[name].restart(),
    stopService: (name) => services.processes[name].stop(),
    startService: (name) => services.processes[name].start(),
    killService: (name, signal) => services.processes[name].kill(signal),
    untilReady: () => services.untilReady(),
  };
}

async function choosePort(
  { port }: StackOptions,
  env: NodeJS.ProcessEnv,
  say: (message: string) => void,
): Promise<number> {
  const wanted = port ?? portOf(env);
  const free = await firstFreePortFrom(wanted);
  if (free !== wanted) say(`Port ${wanted} is in use, so the gateway listens on ${free}`);
  return free;
}

interface SettingsSource {
  env: NodeJS.ProcessEnv;
  home: Home;
  servers: Servers;
  port: number;
  workerHost: WorkerHost;
  network: WorkerNetwork | undefined;
}

/** The environment of the services. They never get the owner's URL: the log is append-only for what they may do. */
function settingsFor({ env, home, servers, port, workerHost, network }: SettingsSource): NodeJS.ProcessEnv {
  const inherited = { ...env };
  delete inherited['DATABASE_OWNER_URL'];
  const { urls, secrets, embedded } = servers;
  const images = baseImages(env);
  return {
    TASKSMITH_NAMESPACE: 'ts',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'info',
    TASKSMITH_DATA_DIR: home.data,
    DEPLOYMENT_BASE_PATH: join(home.data, 'deployments'),
    TASKSMITH_ADMIN_KEY: secrets.adminKey,
    TASKSMITH_MASTER_SECRET: secrets.masterSecret,
    ...(network && { TASKSMITH_WORKER_NETWORK: network.name }),
    ...(network && embedded.redis && redisForContainers(network.gateway, embedded.redis.port)),
    ...inherited,
    PORT: String(port),
    DATABASE_URL: urls.database,
    REDIS_URL: urls.redis,
    NATS_URL: urls.nats,
    TASKSMITH_WORKER_HOST: workerHost.kind,
    TASKSMITH_STOP_WORKERS: '1',
    TASKSMITH_PYTHON_IMAGE: images.python,
    TASKSMITH_NODE_IMAGE: images.node,
  };
}

function redisForContainers(host: string, port: number): NodeJS.ProcessEnv {
  return { TASKSMITH_WORKER_REDIS_HOST: host, TASKSMITH_WORKER_REDIS_PORT: String(port) };
}

function addressesAt(port: number): StackAddresses {
  const base = `http://127.0.0.1:${port}`;
  return { api: `${base}/api/v1`, docs: `${base}/api/docs`, mcp: `${base}/mcp` };
}

/** What was started so far, to be stopped in reverse, once. */
class StopsInReverse {
  private readonly stops: (() => Promise<void>)[] = [];
  private stopping: Promise<void> | undefined;

  constructor(private readonly record: StateRecord) {}

  add(stop: () => Promise<void>): void {
    this.stops.push(stop);
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    this.record.stopping();
    const failures: unknown[] = [];
    // One that cannot be stopped must not leave the others running.
    for (const stop of this.stops.reverse()) await stop().catch((error: unknown) => failures.push(error));
    this.record.release();
    if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be stopped');
  }
}
