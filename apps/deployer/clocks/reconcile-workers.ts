/**
 * Makes what runs equal to what should: workers of serving deployments that are gone are started again, their rights on the queue are granted again
 * (Redis forgets them when it restarts), and whatever belongs to a deployment that has ended is removed. The leader calls it each time it looks.
 */
import { type DeploymentId } from '#contracts';
import { type Clock } from '#lifecycle';
import { type Logger } from '#observability';
import { type BundleStore, type DeploymentFolders } from '../bundles/index.js';
import { type DeploymentBook } from '../commands/deployment-book.js';
import { isServing } from '../deployment/index.js';
import { type WorkerHost } from '../hosts/index.js';
import { type LaneAccess } from '../lanes/lane-access.js';
import { hostedOf } from '../pipeline/hosted.js';
import { type LiveDeployment } from '../queries/live-deployments.js';

const EVERY_MS = 2_000;
const ORPHANS_EVERY_MS = 30_000;
/** The files of a bundle are laid out before its deployment is recorded; what lies there for longer than this is nobody's. */
const RECORDED_WITHIN_MS = 600_000;

export interface ReconcileWorkersParts {
  book: DeploymentBook;
  store: BundleStore;
  folders: DeploymentFolders;
  host: WorkerHost;
  lanes: LaneAccess;
  clock: Clock;
  logger: Logger;
}

export class ReconcileWorkers {
  private nextAt = 0;
  private orphansAt = 0;

  constructor(private readonly parts: ReconcileWorkersParts) {}

  async reconcile(live: readonly LiveDeployment[]): Promise<void> {
    const now = performance.now();
    if (now < this.nextAt) return;
    this.nextAt = now + EVERY_MS;
    for (const each of live) if (isServing(each.deployment)) await this.keepRunning(each);
    if (now < this.orphansAt) return;
    this.orphansAt = now + ORPHANS_EVERY_MS;
    await this.removeOrphans(new Set(live.map(({ id }) => id)));
  }

  /** One deployment that cannot be helped now must not keep the others from it. */
  private async keepRunning({ id, deployment }: LiveDeployment): Promise<void> {
    const { book, clock, folders, host, lanes, logger, store } = this.parts;
    const { queue, concurrency, bundleSha256 } = deployment.requested;
    try {
      await lanes.grant({ id, queue });
      const hosted = hostedOf(id, deployment, store);
      await folders.layOut(hosted.path, await store.load(bundleSha256));
      const workers = await host.start(hosted, lanes.settingsFor({ id, queue }, { concurrency }));
      await book.record(id, { type: 'RecordWorkersStarted', at: clock.now(), workers, durationMs: 0 });
    } catch (error) {
      logger.warn(
        { err: error, deployment: id },
        'the workers of a deployment could not be looked after and will be later',
      );
    }
  }

  /** The log is asked before anything is removed: a deployment may have begun after the list was made. */
  private async removeOrphans(live: ReadonlySet<DeploymentId>): Promise<void> {
    const { folders, host, logger } = this.parts;
    const laidOut = new Map((await folders.list()).map(({ id, path }) => [id, path]));
    for (const id of new Set([...(await host.deployments()), ...laidOut.keys()])) {
      const path = laidOut.get(id);
      if (live.has(id) || !(await this.isNobodys(id, path))) continue;
      logger.info({ deployment: id }, 'removing what is left of a deployment that has ended');
      await host.remove(id);
      if (path !== undefined) await folders.remove(path);
    }
  }

  private async isNobodys(id: DeploymentId, path: string | undefined): Promise<boolean> {
    const deployment = await this.parts.book.load(id);
    if (deployment) return deployment.endedAt !== null;
    const changedAt = path === undefined ? undefined : await this.parts.folders.changedAt(path);
    return changedAt === undefined || this.parts.clock.now() - changedAt > RECORDED_WITHIN_MS;
  }
}
