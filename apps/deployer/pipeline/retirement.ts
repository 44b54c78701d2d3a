/** Ends a deployment that is not wanted any more: takes its versions out of service, stops its workers, removes what was made for it. */
import { type DeploymentId, GetLaneLoad, isRefused, laneOf, RetireTaskVersions } from '#contracts';
import { type Clock } from '#lifecycle';
import { type Requester } from '#messaging';
import { type DeploymentFolders } from '../bundles/index.js';
import { type DeploymentBook } from '../commands/deployment-book.js';
import { type Deployment, taskNamesOf } from '../deployment/index.js';
import { type WorkerHost } from '../hosts/index.js';
import { type LaneAccess } from '../lanes/lane-access.js';

const ACTOR = 'service:deployer';
/** Empty for so long counts as drained: a run may be on its way from the log to the queue. */
const EMPTY_FOR_MS = 1_000;

export interface RetirementParts {
  book: DeploymentBook;
  folders: DeploymentFolders;
  host: WorkerHost;
  lanes: LaneAccess;
  requester: Requester;
  clock: Clock;
}

export class Retirement {
  private readonly emptySince = new Map<DeploymentId, number>();

  constructor(private readonly parts: RetirementParts) {}

  /** A superseded deployment stops once its lane is empty. */
  async drain(id: DeploymentId, deployment: Deployment): Promise<void> {
    if (!(await this.isDrained(id, deployment))) return;
    this.emptySince.delete(id);
    await this.stop(id, deployment);
  }

  /** New runs find another version, or none; running ones are finished or handed back by their workers. */
  async stop(id: DeploymentId, deployment: Deployment): Promise<void> {
    const { book, clock, host, requester } = this.parts;
    const reason = deployment.stopReason ?? 'stopped';
    const retired = await requester.request(RetireTaskVersions, {
      actor: ACTOR,
      deploymentId: id,
      tasks: taskNamesOf(deployment),
      reason,
    });
    if (isRefused(retired) && retired.refusal.code === 'service.unavailable') throw new Error(retired.refusal.message);
    await host.stop(id);
    await book.record(id, { type: 'RecordStopped', at: clock.now() });
    await this.removeTraces(id, deployment);
  }

  /** Also after a failure. Safe to repeat. */
  async removeTraces(id: DeploymentId, { path, requested }: Deployment): Promise<void> {
    const { folders, host, lanes } = this.parts;
    await host.remove(id);
    await lanes.revoke({ id, queue: requested.queue });
    if (path) await folders.remove(path);
  }

  private async isDrained(id: DeploymentId, { requested }: Deployment): Promise<boolean> {
    const load = await this.parts.requester.request(GetLaneLoad, { lane: laneOf(requested.queue, id) });
    const isEmpty = !isRefused(load) && load.waiting === 0 && load.running === 0;
    if (!isEmpty) this.emptySince.delete(id);
    else if (!this.emptySince.has(id)) this.emptySince.set(id, performance.now());
    return isEmpty && performance.now() - this.emptySince.get(id)! >= EMPTY_FOR_MS;
  }
}
