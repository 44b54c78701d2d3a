/**
 * Appends without looking for what the unique index of the log will refuse anyway: a stream that must not exist yet is not looked up, and of one that
 * goes on only the event that is taken for its last. Measured in docs/performance.md.
 */
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migrationName } from './migration-name.js';

export class LighterAppend implements MigrationInterface {
  readonly name = migrationName(5, 'LighterAppend');

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(append);
  }

  async down(): Promise<void> {
    throw new Error('The log is never taken back by a migration.');
  }
}

/**
 * As before (0001-log.ts, 0004-runs-by-month.ts), but it looks up all streams only when told to. Otherwise a stream that is further than expected is not
 * found out here but by the unique index, whose unique_violation takes back everything: call again then, and let it look. What no index would notice, it
 * sees in any case: a stream that is not as far as expected. Arrays whose elements only check a version need a look, because nothing is written for them.
 * Whoever does not say gets a look, as those did who called it before it could be said.
 */
const append = `
  DROP FUNCTION append_events(int[], text[], text[], int[], int[], text[], bigint[], smallint[], text[], text[]);
  CREATE FUNCTION append_events(
    units int[], categories text[], streams text[], expected int[], versions int[],
    types text[], ats bigint[], schemas smallint[], data text[], metas text[], look boolean DEFAULT true
  ) RETURNS int[] LANGUAGE plpgsql AS $$
  DECLARE
    refused int[];
    first_run text COLLATE "C";
    last_run text COLLATE "C";
  BEGIN
    IF look THEN
      SELECT min(n.stream COLLATE "C"), max(n.stream COLLATE "C") INTO first_run, last_run
      FROM unnest(categories, streams) AS n (category, stream) WHERE n.category = 'run';

      SELECT array_agg(DISTINCT c.unit) INTO refused
      FROM unnest(units, categories, streams, expected) AS c (unit, category, stream, expected)
      WHERE c.expected IS NOT NULL AND c.expected <> coalesce(CASE c.category
        WHEN 'run' THEN
          (SELECT e.version FROM events e
           WHERE e.category = 'run' AND e.stream = c.stream AND e.stream >= first_run AND e.stream <= last_run
           ORDER BY e.version DESC LIMIT 1)
        ELSE
          (SELECT e.version FROM events e
           WHERE e.category = c.category AND e.category <> 'run' AND e.stream = c.stream
           ORDER BY e.version DESC LIMIT 1)
        END, 0);
    ELSIF 0 < ANY (expected) THEN
      SELECT array_agg(DISTINCT c.unit) INTO refused
      FROM unnest(units, categories, streams, expected) AS c (unit, category, stream, expected)
      WHERE c.expected > 0 AND NOT EXISTS (
        SELECT FROM events e WHERE e.category = c.category AND e.stream = c.stream AND e.version = c.expected);
    END IF;

    INSERT INTO events (category, stream, version, type, at, schema, data, meta)
    SELECT n.category, n.stream, n.version, n.type, to_timestamp(n.at / 1000.0), n.schema, n.data::json, n.meta::json
    FROM unnest(units, categories, streams, versions, types, ats, schemas, data, metas)
      AS n (unit, category, stream, version, type, at, schema, data, meta)
    WHERE n.type IS NOT NULL AND (refused IS NULL OR n.unit <> ALL (refused));

    RETURN coalesce(refused, '{}');
  END $$;
`;
