/** The views of tasks and their versions. */
import { type TaskEvent, taskNameOfStream } from '#contracts';
import { type Projection, type RecordedEvent, type Sql } from '#event-store';

export class TasksProjection implements Projection {
  readonly name = 'registry tasks';
  readonly categories = ['task'] as const;
  readonly tables = ['tasks', 'task_versions'];

  async apply(events: readonly RecordedEvent[], sql: Sql): Promise<void> {
    for (const { stream, event } of events) await applyOne(taskNameOfStream(stream), event as TaskEvent, sql);
  }
}

async function applyOne(task: string, event: TaskEvent, sql: Sql): Promise<void> {
  const { at } = event;
  switch (event.type) {
    case 'TaskVersionPublished':
      return published(task, event, sql);
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

async function published(task: string, event: Extract<TaskEvent, { type: 'TaskVersionPublished' }>, sql: Sql) {
  const { declaration, version, category, queue, lane, deploymentId, at } = event;
  await sql.query(
    `INSERT INTO task_versions (task, version, description, category, queue, lane, deployment_id, arguments_schema, result_schema, policies, published_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
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
    ],
  );
  await sql.query(
    `INSERT INTO tasks (name, active_version, shown_version, created_at, updated_at) VALUES ($1, $2, $2, $3, $3)
     ON CONFLICT (name) DO UPDATE
     SET active_version = excluded.active_version, shown_version = excluded.shown_version, deprecated = NULL, removed = false,
         updated_at = excluded.updated_at`,
    [task, version, at],
  );
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
