/** Puts the deployer together: which part is made of which, and in what order they start. */
import { join } from 'node:path';
import { type DynamicModule } from '@nestjs/common';
import Docker from 'dockerode';
import { ProjectionRunner } from '#event-store';
import { QueueConnection } from '#queue';
import { openViews, type Platform, type ServiceParts } from '#service';
import { BundleStore, DeploymentFolders, limitsOf } from './bundles/index.js';
import { AdvanceDeploymentsClock } from './clocks/advance-deployments.clock.js';
import { ReconcileWorkers } from './clocks/reconcile-workers.js';
import { BundleIntake } from './commands/bundle-intake.js';
import { DeploymentBook } from './commands/deployment-book.js';
import { DeploymentsController } from './commands/deployments.controller.js';
import { type DeploymentHandler, deploymentHandler } from './deployment-handler.js';
import { DockerHost, Environments, findRuntimes, ProcessHost, type WorkerHost } from './hosts/index.js';
import { LaneAccess, redisAddressOf } from './lanes/lane-access.js';
import { Pipeline } from './pipeline/pipeline.js';
import { Retirement } from './pipeline/retirement.js';
import { DeploymentsProjection } from './projections/deployments.projection.js';
import { type DeploymentsReader, DeploymentsQueries } from './queries/deployments.queries.js';
import { LiveDeployments } from './queries/live-deployments.js';
import { DeploymentRow } from './queries/rows.js';
import { SmokeTests } from './smoke-tests/smoke-tests.js';
import { CLOCK, DEPLOYMENT_HANDLER, DEPLOYMENTS_READER } from './tokens.js';

type DeployerPlatform = Platform<'common' | 'database' | 'nats' | 'redis' | 'secrets' | 'deployer'>;

export const slices = ['redis', 'secrets', 'deployer'] as const;

const CATCH_UP = { withinMs: 5_000 };

export async function assemble(platform: DeployerPlatform): Promise<ServiceParts> {
  const { clock, config, hints, log, logger, namespace, pool, requester } = platform;
  const onError = (error: unknown): void =>
    logger.warn({ err: error }, 'the connection to Redis failed and will be tried again');
  const connection = new QueueConnection({ url: config.REDIS_URL, name: 'deployer', onError });
  const view = new ProjectionRunner({ pool, projection: new DeploymentsProjection(), hints, logger });
  const database = await openViews({ url: config.DATABASE_URL, entities: [DeploymentRow] });
  const live = new LiveDeployments(pool, view);

  const folders = new DeploymentFolders(config.DEPLOYMENT_BASE_PATH ?? join(config.TASKSMITH_DATA_DIR, 'deployments'));
  const store = new BundleStore(pool);
  const handler = deploymentHandler(log);
  const book = new DeploymentBook(handler);
  const host = hostFor(platform, folders);
  const lanes = new LaneAccess({
    connection,
    namespace,
    masterSecretHex: config.TASKSMITH_MASTER_SECRET,
    redis: redisFor(config, host.kind),
    leaseMs: config.TASKSMITH_LEASE_MS,
  });
  const options = { limits: limitsOf(config.TASKSMITH_BUNDLE_MAX_BYTES), folders: config.TASKSMITH_BUNDLE_FOLDERS };
  const intake = new BundleIntake({ handler, store, folders, clock, options });
  const pipeline = new Pipeline({
    book,
    store,
    folders,
    host,
    lanes,
    smokeTests: new SmokeTests(requester),
    requester,
    clock,
  });
  const retirement = new Retirement({ book, folders, host, lanes, requester, clock });
  const reconciling = new ReconcileWorkers({ book, store, folders, host, lanes, clock, logger });
  const advancing = new AdvanceDeploymentsClock({
    ...{ pool, hints, live, book, pipeline, retirement, clock, logger },
    reconcile: (all) => reconciling.reconcile(all),
  });

  return {
    module: deployerModule({
      intake,
      handler,
      clock,
      reader: { handler, log, views: database, live, store, host, catchUp: () => view.catchUp(CATCH_UP) },
    }),
    startables: [
      { start: async () => {}, stop: async () => connection.close() },
      { start: async () => {}, stop: () => database.destroy() },
      { start: async () => {}, stop: () => letGo(host, config.TASKSMITH_STOP_WORKERS) },
      view,
      advancing,
    ],
    checks: [{ name: host.kind === 'docker' ? 'engine' : 'workers', check: () => host.check() }],
    rebuildViews: async () => void (await view.rebuild()),
  };
}

function hostFor({ config }: DeployerPlatform, folders: DeploymentFolders): WorkerHost {
  const runtimes = findRuntimes();
  if (config.TASKSMITH_WORKER_HOST === 'process') {
    return new ProcessHost({ environments: new Environments(runtimes, config.TASKSMITH_PYTHON), folders });
  }
  return new DockerHost({
    engine: new Docker(),
    // One network for each stack, so its name tells their containers apart.
    stack: config.TASKSMITH_WORKER_NETWORK,
    network: config.TASKSMITH_WORKER_NETWORK,
    limits: {
      memoryMb: config.TASKSMITH_WORKER_MEMORY_MB,
      cpus: config.TASKSMITH_WORKER_CPUS,
      pids: config.TASKSMITH_WORKER_PIDS,
    },
    baseImages: { python: config.TASKSMITH_PYTHON_IMAGE, node: config.TASKSMITH_NODE_IMAGE },
    runtimes,
  });
}

/** Containers may reach Redis at another address than this service does. */
function redisFor(config: DeployerPlatform['config'], kind: WorkerHost['kind']): { host: string; port: number } {
  const { REDIS_URL, TASKSMITH_WORKER_REDIS_HOST: host, TASKSMITH_WORKER_REDIS_PORT: port } = config;
  return redisAddressOf(REDIS_URL, kind === 'docker' ? { host, port } : {});
}

/** Workers outlive a deployer that is only restarted; those of a local stack end with it. */
async function letGo(host: WorkerHost, stopWorkers: boolean): Promise<void> {
  if (stopWorkers) await Promise.all((await host.deployments()).map((id) => host.stop(id)));
  await host.close();
}

interface Provided {
  intake: BundleIntake;
  handler: DeploymentHandler;
  reader: DeploymentsReader;
  clock: DeployerPlatform['clock'];
}

class DeployerModule {}

function deployerModule({ intake, handler, reader, clock }: Provided): DynamicModule {
  return {
    module: DeployerModule,
    controllers: [DeploymentsController, DeploymentsQueries],
    providers: [
      { provide: BundleIntake, useValue: intake },
      { provide: DEPLOYMENT_HANDLER, useValue: handler },
      { provide: DEPLOYMENTS_READER, useValue: reader },
      { provide: CLOCK, useValue: clock },
    ],
  };
}
