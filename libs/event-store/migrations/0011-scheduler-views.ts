/** The scheduler's views: schedules, and what each of them fired. */
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migrationName } from './migration-name.js';

export class SchedulerViews implements MigrationInterface {
  readonly name = migrationName(11, 'SchedulerViews');

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE schedules (
        schedule_id   uuid PRIMARY KEY,
        name          text    NOT NULL,
        rule          json    NOT NULL,
        target        json    NOT NULL,
        paused        boolean NOT NULL DEFAULT false,
        created_at    bigint  NOT NULL,
        last_fired_at bigint,
        last_run_id   uuid,
        firings       int     NOT NULL DEFAULT 0
      );
      CREATE TABLE schedule_firings (
        schedule_id uuid   NOT NULL,
        firing      int    NOT NULL,
        due_at      bigint NOT NULL,
        run_id      uuid   NOT NULL,
        PRIMARY KEY (schedule_id, firing)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE schedules; DROP TABLE schedule_firings');
  }
}
