/**
 * Keeps the events of runs apart by the month of the run, and idempotency keys apart from runs, so that history can be dropped by the month and
 * indexes stay small: docs/decisions/0006-runs-by-month.md. What the log holds already becomes one partition, where it lies. The partitions of the
 * months are no migration's: growth/monthly-tables.ts makes them at every start.
 */
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { firstRunId, monthOf, partitionName } from '../growth/months.js';
import { migrationName } from './migration-name.js';

export class RunsByMonth implements MigrationInterface {
  readonly name = migrationName(4, 'RunsByMonth');

  async up(runner: QueryRunner): Promise<void> {
    const next = monthOf(Date.now()) + 1;
    await runner.query(events(partitionName('events_run', { from: null, to: next }), `run-${firstRunId(next)}`));
    await runner.query(append);
    await runner.query(gaps);
    await runner.query(view(partitionName('runs', { from: null, to: next }), firstRunId(next)));
  }

  async down(): Promise<void> {
    throw new Error('Months may have been dropped already: there is no way back.');
  }
}

/** Rows that the partition of the past must not hold, keys and ids that are not of a time before `bound`, go where they belong. */
const events = (past: string, bound: string) => `
  ALTER TABLE events DETACH PARTITION events_run;
  ALTER TABLE events_run RENAME TO ${past};
  CREATE TABLE events_idempotency PARTITION OF events FOR VALUES IN ('idempotency');
  CREATE TABLE events_run PARTITION OF events FOR VALUES IN ('run') PARTITION BY RANGE (stream);
  CREATE TABLE events_run_default PARTITION OF events_run DEFAULT;
  ${['events_idempotency', 'events_run', 'events_run_default']
    .map(
      (name) => `
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${name}
          FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events();
        ALTER TABLE ${name} ENABLE ALWAYS TRIGGER append_only;`,
    )
    .join('')}
  ALTER TABLE ${past} DISABLE TRIGGER append_only;
  WITH moved AS (DELETE FROM ${past} WHERE category <> 'run' OR stream >= '${bound}' RETURNING *)
  INSERT INTO events SELECT * FROM moved;
  ALTER TABLE ${past} ENABLE ALWAYS TRIGGER append_only;
  ${attachUnlessEmpty('events_run', past, bound)}
`;

/**
 * As before (0001-log.ts), but for the check of versions: bounds on the names of runs leave the plan one partition to look into, or two, instead of
 * opening all of them for each call. Streams of other categories are looked for apart from them, and only when there are any. And it has no settings of
 * its own any more, whose setting and resetting took longer than the append of one event: what its plans need is set once for each connection (pool.ts).
 */
const append = `
  CREATE OR REPLACE FUNCTION append_events(
    units int[], categories text[], streams text[], expected int[], versions int[],
    types text[], ats bigint[], schemas smallint[], data text[], metas text[]
  ) RETURNS int[] LANGUAGE plpgsql AS $$
  DECLARE
    refused int[];
    first_run text COLLATE "C";
    last_run text COLLATE "C";
    has_others boolean;
  BEGIN
    SELECT min(n.stream COLLATE "C") FILTER (WHERE n.category = 'run'), max(n.stream COLLATE "C") FILTER (WHERE n.category = 'run'),
      bool_or(n.category <> 'run')
    INTO first_run, last_run, has_others
    FROM unnest(categories, streams) AS n (category, stream);

    IF first_run IS NOT NULL THEN
      SELECT array_agg(DISTINCT c.unit) INTO refused
      FROM unnest(units, categories, streams, expected) AS c (unit, category, stream, expected)
      WHERE c.category = 'run' AND c.expected IS NOT NULL AND c.expected <> coalesce(
        (SELECT e.version FROM events e
         WHERE e.category = 'run' AND e.stream = c.stream AND e.stream >= first_run AND e.stream <= last_run
         ORDER BY e.version DESC LIMIT 1), 0);
    END IF;

    IF has_others THEN
      SELECT array_cat(refused, array_agg(DISTINCT c.unit)) INTO refused
      FROM unnest(units, categories, streams, expected) AS c (unit, category, stream, expected)
      WHERE c.category <> 'run' AND c.expected IS NOT NULL AND c.expected <> coalesce(
        (SELECT e.version FROM events e
         WHERE e.category = c.category AND e.category <> 'run' AND e.stream = c.stream
         ORDER BY e.version DESC LIMIT 1), 0);
    END IF;

    INSERT INTO events (category, stream, version, type, at, schema, data, meta)
    SELECT n.category, n.stream, n.version, n.type, to_timestamp(n.at / 1000.0), n.schema, n.data::json, n.meta::json
    FROM unnest(units, categories, streams, versions, types, ats, schemas, data, metas)
      AS n (unit, category, stream, version, type, at, schema, data, meta)
    WHERE n.type IS NOT NULL AND (refused IS NULL OR n.unit <> ALL (refused));

    RETURN coalesce(refused, '{}');
  END $$;
`;

/** What the owner took out of the log, so that a gap can be told from a loss. Positions and transactions are the least and the greatest. */
const gaps = `
  CREATE TABLE log_gaps (
    gap            int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    removed_at     timestamptz NOT NULL DEFAULT now(),
    what           text        NOT NULL,
    reason         text        NOT NULL,
    events         bigint      NOT NULL,
    streams        bigint      NOT NULL,
    first_tx       xid8        NOT NULL,
    last_tx        xid8        NOT NULL,
    first_position bigint      NOT NULL,
    last_position  bigint      NOT NULL,
    oldest         timestamptz NOT NULL,
    newest         timestamptz NOT NULL
  );
`;

/** The same for the view, so that a month leaves it at no cost too; and indexes for the two filters of the list of runs that had none. */
const view = (past: string, bound: string) => `
  ALTER TABLE runs RENAME TO ${past};
  ${['pkey', 'live', 'due', 'delayed', 'of_task'].map((index) => `ALTER INDEX runs_${index} RENAME TO ${past}_${index};`).join('\n')}
  CREATE TABLE runs (LIKE ${past} INCLUDING GENERATED, PRIMARY KEY (run_id)) PARTITION BY RANGE (run_id);
  CREATE TABLE runs_default PARTITION OF runs DEFAULT;
  CREATE INDEX runs_live ON runs (run_id) WHERE status IN ('waiting', 'running');
  CREATE INDEX runs_due ON runs (due_at) WHERE status = 'waiting';
  CREATE INDEX runs_delayed ON runs (not_before) WHERE status = 'waiting' AND not_before IS NOT NULL;
  CREATE INDEX runs_of_task ON runs (task, run_id);
  CREATE INDEX runs_of_queue ON runs (queue, run_id);
  CREATE INDEX runs_unsuccessful ON runs (status, run_id) WHERE status <> 'succeeded';
  WITH moved AS (DELETE FROM ${past} WHERE run_id >= '${bound}' RETURNING ${viewColumns})
  INSERT INTO runs (${viewColumns}) SELECT ${viewColumns} FROM moved;
  ${attachUnlessEmpty('runs', past, bound)}
`;

const viewColumns =
  'run_id, task, task_version, queue, lane, deployment_id, status, priority, attempt, accepted_at, started_at, finished_at, not_before';

function attachUnlessEmpty(table: string, past: string, bound: string): string {
  return `
    DO $$ BEGIN
      IF EXISTS (SELECT FROM ${past}) THEN
        ALTER TABLE ${table} ATTACH PARTITION ${past} FOR VALUES FROM (MINVALUE) TO ('${bound}');
      ELSE
        DROP TABLE ${past};
      END IF;
    END $$;`;
}
