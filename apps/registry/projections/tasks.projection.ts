/** The views of tasks and their versions. */
import { type TaskEvent, taskNameOfStream } from '#contracts';
import { type Projection, type RecordedEvent, type Sql } from '#event-store';

export class TasksProjection implements Projection {
  readonly name = 'registry tasks';
  readonly categories = ['task'] as const;
  readonly tables = ['tasks', 'task_versions'];

  async apply(events: readonly RecordedEvent[], sql: Sql): Promise<void> {
    const publications = new Publications(sql);
    for (const { stream, event } of events) {
      const task = taskNameOfStream(stream);
      const change = event as TaskEvent;
      if (change.type === 'TaskVersionPublished') {
        await publications.add(task, change);
      } else {
        await publications.flush();
        await applyOne(task, change, sql);
      }
    }
    await publications.flush();
  }
}

type Published = Extract<TaskEvent, { type: 'TaskVersionPublished' }>;

/** Publications that follow each other, as one bundle of many tasks makes them, are written together. */
class Publications {
  private readonly held = new Map<string, Published>();

  constructor(private readonly sql: Sql) {}

  async add(task: string, event: Published): Promise<void> {
    if (this.held.has(task)) await this.flush();
    this.held.set(task, event);
  }

  async flush(): Promise<void> {
    if (this.held.size === 0) return;
    const columns = columnsOf([...this.held]);
    this.held.clear();
    await this.sql.query(INSERT_VERSIONS, columns);
    await this.sql.query(SHOW_VERSIONS, [columns[0], columns[1], columns[10]]);
  }
}

const INSERT_VERSIONS = `
  INSERT INTO task_versions (task, version, description, category, queue, lane, deployment_id, arguments_schema, result_schema, policies, published_at)
  SELECT task, version, description, category, queue, lane, deployment_id, arguments_schema::json, result_schema::json, policies::jsonb, published_at
  FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[], $9::text[], $10::text[], $11::bigint[])
    AS published (task, version, description, category, queue, lane, deployment_id, arguments_schema, result_schema, policies, published_at)`;

const SHOW_VERSIONS = `
  INSERT INTO tasks (name, active_version, shown_version, created_at, updated_at)
  SELECT task, version, version, at, at FROM unnest($1::text[], $2::int[], $3::bigint[]) AS published (task, version, at)
  ON CONFLICT (name) DO UPDATE
  SET active_version = excluded.active_version, shown_version = excluded.shown_version, deprecated = NULL, removed = false,
      updated_at = excluded.updated_at`;

/** In the order of INSERT_VERSIONS. */
function columnsOf(publications: readonly [string, Published][]): unknown[][] {
  const rows = publications.map(([task, { declaration, version, category, queue, lane, deploymentId, at }]) => [
    task,
    version,
    text(declaration.description),
    text(category),
    queue,
    lane,
    deploymentId,
    JSON.stringify(declaration.argumentsSchema),
    JSON.stringify(declaration.resultSchema),
    JSON.stringify(declaration.policies),
    at,
  ]);
  return rows[0]!.map((_, column) => rows.map((row) => row[column]));
}

async function applyOne(task: string, event: Exclude<TaskEvent, Published>, sql: Sql): Promise<void> {
  const { at } = event;
  switch (event.type) {
    case 'TaskVersionActivated':
      return change(sql, 'active_version = $3, shown_version = $3', [task, at, event.version]);
    case 'TaskVersionRetired':
      await sql.query('UPDATE task_versions SET serving = false WHERE task = $1 AND version = $2', [
        task,
        event.version,
      ]);
      return change(sql, 'active_version = nullif(active_version, $3)', [task, at, event.version]);
    case 'TaskRevised':
      return revised(task, event, sql);
    case 'TaskDeprecated':
      return change(sql, 'deprecated = $3', [task, at, text(event.reason)]);
    case 'TaskRemoved':
      return change(sql, 'removed = true, active_version = NULL', [task, at]);
  }
}

async function revised(task: string, event: Extract<TaskEvent, { type: 'TaskRevised' }>, sql: Sql): Promise<void> {
  const { description, category, policies, at } = event;
  await sql.query(
    `UPDATE task_versions SET description = coalesce($2, description), category = coalesce($3, category), policies = policies || $4
     WHERE task = $1 AND version = (SELECT shown_version FROM tasks WHERE name = $1)`,
    [task, maybe(description), maybe(category), JSON.stringify(policies ?? {})],
  );
  await change(sql, '', [task, at]);
}

async function change(sql: Sql, what: string, values: readonly unknown[]): Promise<void> {
  await sql.query(`UPDATE tasks SET ${what && `${what}, `}updated_at = $2 WHERE name = $1`, values);
}

/** Postgres keeps no NUL in text. */
const text = (value: string): string => value.replaceAll('\u0000', '');
const maybe = (value: string | undefined): string | null => (value === undefined ? null : text(value));
