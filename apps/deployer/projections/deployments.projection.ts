/** The view of deployments: each row holds the fold of its stream. */
import { type DeploymentEvent } from '#contracts';
import { type Projection, type RecordedEvent, type Sql } from '#event-store';
import { type Deployment, evolve, taskNamesOf } from '../deployment/index.js';

export class DeploymentsProjection implements Projection {
  readonly name = 'deployer deployments';
  readonly categories = ['deployment'] as const;
  readonly tables = ['deployments'];

  async apply(events: readonly RecordedEvent[], sql: Sql): Promise<void> {
    for (const [stream, ofStream] of byStream(events))
      await applyAll(stream.slice('deployment-'.length), ofStream, sql);
  }
}

function byStream(events: readonly RecordedEvent[]): Map<string, RecordedEvent[]> {
  const streams = new Map<string, RecordedEvent[]>();
  for (const event of events) streams.set(event.stream, [...(streams.get(event.stream) ?? []), event]);
  return streams;
}

async function applyAll(id: string, events: readonly RecordedEvent[], sql: Sql): Promise<void> {
  const { rows } = await sql.query<{ state: Deployment }>('SELECT state FROM deployments WHERE deployment_id = $1', [
    id,
  ]);
  const deployment = events.reduce(
    (state, { event }) => evolve(state, event as DeploymentEvent) as Deployment | null,
    rows[0]?.state ?? null,
  );
  if (!deployment) return;
  await sql.query(
    `INSERT INTO deployments (deployment_id, status, queue, tasks, state) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (deployment_id) DO UPDATE SET status = $2, tasks = $4, state = $5`,
    [id, deployment.status, deployment.requested.queue, taskNamesOf(deployment), JSON.stringify(deployment)],
  );
}
