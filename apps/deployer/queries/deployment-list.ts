/** Deployments from the view. */
import { type DataSource, In, LessThan, Not } from 'typeorm';
import {
  DeploymentId,
  isRefused,
  type ListDeployments,
  type OutputOf,
  type ParsedInputOf,
  type Refused,
  refuse,
} from '#contracts';
import { readViews } from '#service';
import { type Deployment, viewOf } from '../deployment/index.js';
import { DeploymentRow } from '../projections/deployment.entity.js';

export interface LiveDeployment {
  readonly id: DeploymentId;
  readonly deployment: Deployment;
}

export class DeploymentList {
  constructor(
    private readonly database: DataSource,
    /** Resolves when the view is up to date. */
    private readonly catchUp: () => Promise<void>,
  ) {}

  /** The newest first. The cursor is the last id of the page before: ids sort by time. */
  async list({
    cursor,
    limit,
    ...filters
  }: ParsedInputOf<typeof ListDeployments>): Promise<OutputOf<typeof ListDeployments> | Refused> {
    const before = cursor === undefined ? undefined : idOf(cursor);
    if (isRefused(before)) return before;
    await this.catchUp();
    const wanted = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
    const where = { ...wanted, ...(before && { deploymentId: LessThan(before) }) };
    const rows = await this.find({ where, order: { deploymentId: 'DESC' }, take: limit + 1 });
    const items = rows.slice(0, limit).map(({ deploymentId, state }) => viewOf(deploymentId, state));
    return { items, next: rows.length > limit ? items.at(-1)!.deploymentId : null };
  }

  /** Those that have not ended, the oldest first. */
  async live(): Promise<LiveDeployment[]> {
    await this.catchUp();
    const rows = await this.find({ where: { status: Not(In(['stopped', 'failed'])) }, order: { deploymentId: 'ASC' } });
    return rows.map(({ deploymentId: id, state: deployment }) => ({ id, deployment }));
  }

  private find(options: Parameters<ReturnType<DataSource['getRepository']>['find']>[0]): Promise<DeploymentRow[]> {
    return readViews(() => this.database.getRepository(DeploymentRow).find(options));
  }
}

function idOf(cursor: string): DeploymentId | Refused {
  const parsed = DeploymentId.safeParse(cursor);
  return parsed.success
    ? parsed.data
    : refuse('request.invalid', 'The cursor is not one that this list has given', { details: { field: '/cursor' } });
}
