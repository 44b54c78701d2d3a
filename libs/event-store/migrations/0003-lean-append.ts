/**
 * The function that appends, without settings of its own: setting and resetting them took longer than the append of one event. What its plans need
 * is set once for each connection (pool.ts).
 */
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migrationName } from './migration-name.js';

export class LeanAppend implements MigrationInterface {
  readonly name = migrationName(3, 'LeanAppend');

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER FUNCTION append_events RESET ALL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER FUNCTION append_events SET plan_cache_mode = force_generic_plan;
      ALTER FUNCTION append_events SET enable_seqscan = off;
      ALTER FUNCTION append_events SET enable_bitmapscan = off`);
  }
}
