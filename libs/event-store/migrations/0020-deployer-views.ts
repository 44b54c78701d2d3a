/** The deployer's view of deployments, and the bundles, which are no view: their bytes are nowhere else. */
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migrationName } from './migration-name.js';

export class DeployerViews implements MigrationInterface {
  readonly name = migrationName(20, 'DeployerViews');

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE bundles (
        sha256 text   PRIMARY KEY,
        packed bytea  NOT NULL,
        size   bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE TABLE deployments (
        deployment_id uuid PRIMARY KEY,
        task   text NOT NULL,
        queue  text NOT NULL,
        status text NOT NULL,
        -- The fold of the deployment's events.
        state  json NOT NULL
      );
      CREATE INDEX deployments_live ON deployments (deployment_id) WHERE status NOT IN ('stopped', 'failed');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE deployments, bundles');
  }
}
