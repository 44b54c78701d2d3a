/** The views of schedules and of their last firings. */
import { type ScheduleEvent } from '#contracts';
import { type Projection, type RecordedEvent, type Sql } from '#event-store';

const FIRINGS_KEPT = 100;

export class SchedulesProjection implements Projection {
  readonly name = 'scheduler schedules';
  readonly categories = ['schedule'] as const;
  readonly tables = ['schedules', 'schedule_firings'];

  async apply(events: readonly RecordedEvent[], sql: Sql): Promise<void> {
    for (const { stream, event } of events)
      await applyOne(stream.slice('schedule-'.length), event as ScheduleEvent, sql);
  }
}

async function applyOne(id: string, event: ScheduleEvent, sql: Sql): Promise<void> {
  switch (event.type) {
    case 'ScheduleCreated':
      await sql.query(
        'INSERT INTO schedules (schedule_id, name, rule, target, created_at) VALUES ($1, $2, $3, $4, $5)',
        [id, text(event.name), JSON.stringify(event.rule), JSON.stringify(event.target), event.at],
      );
      return;
    case 'ScheduleRevised':
      return revised(id, event, sql);
    case 'SchedulePaused':
    case 'ScheduleResumed':
      await sql.query('UPDATE schedules SET paused = $2 WHERE schedule_id = $1', [id, event.type === 'SchedulePaused']);
      return;
    case 'ScheduleDeleted':
      await sql.query('DELETE FROM schedules WHERE schedule_id = $1', [id]);
      await sql.query('DELETE FROM schedule_firings WHERE schedule_id = $1', [id]);
      return;
    case 'ScheduleFired':
      return fired(id, event, sql);
  }
}

async function revised(id: string, event: Extract<ScheduleEvent, { type: 'ScheduleRevised' }>, sql: Sql) {
  await sql.query(
    `UPDATE schedules SET name = coalesce($2, name), rule = coalesce($3, rule), target = coalesce($4, target) WHERE schedule_id = $1`,
    [id, event.name === undefined ? null : text(event.name), json(event.rule), json(event.target)],
  );
}

async function fired(id: string, event: Extract<ScheduleEvent, { type: 'ScheduleFired' }>, sql: Sql): Promise<void> {
  await sql.query(
    `WITH counted AS (
       UPDATE schedules SET firings = firings + 1, last_fired_at = $2, last_run_id = $3 WHERE schedule_id = $1 RETURNING firings
     ), outdated AS (
       DELETE FROM schedule_firings USING counted WHERE schedule_id = $1 AND firing <= counted.firings - ${FIRINGS_KEPT}
     )
     INSERT INTO schedule_firings (schedule_id, firing, due_at, run_id) SELECT $1, firings, $4, $3 FROM counted`,
    [id, event.at, event.runId, event.dueAt],
  );
}

/** Postgres keeps no NUL in text. */
const text = (value: string): string => value.replaceAll('\u0000', '');
const json = (value: object | undefined): string | null => (value === undefined ? null : JSON.stringify(value));
