/** The log itself, the function that appends to it, and the cursors of its readers. See docs/decisions/0001-the-log.md. */
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migrationName } from './migration-name.js';

export class Log implements MigrationInterface {
  readonly name = migrationName(1, 'Log');

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(table);
    await runner.query(appendOnly);
    await runner.query(append);
    await runner.query(cursors);
  }

  async down(): Promise<void> {
    throw new Error('The log is never dropped by a migration.');
  }
}

/**
 * Run events are most of the log: apart from the others, so that who reads tasks or deployments never wades through runs.
 * Names are compared byte by byte: cheaper in an index than the order of a language.
 */
const table = `
  CREATE SEQUENCE events_position;
  CREATE TABLE events (
    tx       xid8        NOT NULL DEFAULT pg_current_xact_id(),
    position bigint      NOT NULL DEFAULT nextval('events_position'),
    category text        NOT NULL COLLATE "C",
    stream   text        NOT NULL COLLATE "C",
    version  int         NOT NULL CHECK (version > 0),
    type     text        NOT NULL COLLATE "C",
    at       timestamptz NOT NULL,
    schema   smallint    NOT NULL DEFAULT 1,
    data     json        NOT NULL,
    meta     json        NOT NULL,
    UNIQUE (category, stream, version)
  ) PARTITION BY LIST (category);
  CREATE TABLE events_run PARTITION OF events FOR VALUES IN ('run', 'idempotency');
  CREATE TABLE events_control PARTITION OF events DEFAULT;
  CREATE INDEX events_order ON events (tx, position);
`;

/** Whoever asks, the owner too: history is added to, not edited. */
const appendOnly = `
  CREATE FUNCTION refuse_change_of_events() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION 'events are only ever added: % of % is refused', TG_OP, TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege';
  END $$;
  ${['events', 'events_run', 'events_control']
    .map(
      (name) => `
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${name}
          FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events();
        ALTER TABLE ${name} ENABLE ALWAYS TRIGGER append_only;`,
    )
    .join('')}
`;

/**
 * Appends a batch of units in one statement, so in one transaction and one round trip.
 * Arguments: parallel arrays, one element for each event, grouped by stream, in the order to write. \`expected\` stands at the first
 * event of each stream and is null at the others. An element whose type is null only checks the version.
 * Returns the units of which some stream was not at its expected version: nothing of those was written.
 * Its plans are made once, for look-ups by index: planning for each call costs more than the call, and a plan that was made while the
 * table was small must still do when it has grown.
 * Raises unique_violation when a concurrent writer committed first: call again, and the check sees it.
 */
const append = `
  CREATE FUNCTION append_events(
    units int[], categories text[], streams text[], expected int[], versions int[],
    types text[], ats bigint[], schemas smallint[], data text[], metas text[]
  ) RETURNS int[] LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off AS $$
  DECLARE
    refused int[];
  BEGIN
    SELECT array_agg(DISTINCT c.unit) INTO refused
    FROM unnest(units, categories, streams, expected) AS c (unit, category, stream, expected)
    WHERE c.expected IS NOT NULL AND c.expected <> coalesce(
      (SELECT e.version FROM events e WHERE e.category = c.category AND e.stream = c.stream ORDER BY e.version DESC LIMIT 1), 0);

    INSERT INTO events (category, stream, version, type, at, schema, data, meta)
    SELECT n.category, n.stream, n.version, n.type, to_timestamp(n.at / 1000.0), n.schema, n.data::json, n.meta::json
    FROM unnest(units, categories, streams, versions, types, ats, schemas, data, metas)
      AS n (unit, category, stream, version, type, at, schema, data, meta)
    WHERE n.type IS NOT NULL AND (refused IS NULL OR n.unit <> ALL (refused));

    RETURN coalesce(refused, '{}');
  END $$;
`;

const cursors = `
  CREATE TABLE projection_cursors (
    name     text        PRIMARY KEY,
    tx       xid8        NOT NULL DEFAULT '0',
    position bigint      NOT NULL DEFAULT 0,
    updated  timestamptz NOT NULL DEFAULT now()
  ) WITH (fillfactor = 50);
`;
