/** The dispatcher's view of runs. Indexes serve the clocks (live runs only) and lists (by id, which is by time). */
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migrationName } from './migration-name.js';

export class DispatcherViews implements MigrationInterface {
  readonly name = migrationName(2, 'DispatcherViews');

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE runs (
        run_id uuid PRIMARY KEY,
        task text NOT NULL,
        task_version int,
        queue text NOT NULL,
        lane text NOT NULL,
        deployment_id uuid,
        status text NOT NULL,
        priority smallint NOT NULL,
        attempt int NOT NULL,
        accepted_at bigint NOT NULL,
        started_at bigint,
        finished_at bigint,
        not_before bigint,
        due_at bigint NOT NULL GENERATED ALWAYS AS (coalesce(not_before, accepted_at)) STORED
      );
      CREATE INDEX runs_live ON runs (run_id) WHERE status IN ('waiting', 'running');
      CREATE INDEX runs_due ON runs (due_at) WHERE status = 'waiting';
      CREATE INDEX runs_delayed ON runs (not_before) WHERE status = 'waiting' AND not_before IS NOT NULL;
      CREATE INDEX runs_of_task ON runs (task, run_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE runs');
  }
}
