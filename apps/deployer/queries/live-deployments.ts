/** Deployments that are not ended, from the view: candidates, which whoever acts on them checks with the log. */
import { type DeploymentId } from '#contracts';
import { type ProjectionRunner, type Sql } from '#event-store';
import { type Deployment } from '../deployment/index.js';

export interface LiveDeployment {
  readonly id: DeploymentId;
  readonly deployment: Deployment;
}

export class LiveDeployments {
  constructor(
    private readonly sql: Sql,
    private readonly view: Pick<ProjectionRunner, 'catchUp'>,
  ) {}

  /** All of them, the oldest first, as of now. */
  async all(): Promise<LiveDeployment[]> {
    await this.view.catchUp({ withinMs: 5_000 });
    const { rows } = await this.sql.query<LiveDeployment>(
      `SELECT deployment_id AS id, state AS deployment FROM deployments WHERE status NOT IN ('stopped', 'failed') ORDER BY deployment_id`,
    );
    return rows;
  }
}
