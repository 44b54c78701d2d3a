/** Bundles, which are kept as they came, and the deployer's view of deployments. */
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migrationName } from './migration-name.js';

export class Deployer implements MigrationInterface {
  readonly name = migrationName(12, 'Deployer');

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE bundles (
        sha256     text        PRIMARY KEY,
        packed     bytea       NOT NULL,
        size       bigint      NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      -- It is compressed already.
      ALTER TABLE bundles ALTER COLUMN packed SET STORAGE EXTERNAL;
      CREATE TABLE deployments (
        deployment_id uuid   PRIMARY KEY,
        status        text   NOT NULL,
        queue         text   NOT NULL,
        tasks         text[] NOT NULL,
        state         json   NOT NULL
      );
      CREATE INDEX deployments_live ON deployments (deployment_id) WHERE status NOT IN ('stopped', 'failed');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE deployments; DROP TABLE bundles');
  }
}
