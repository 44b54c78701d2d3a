/** The registry's views: tasks, their versions, and API keys. Names sort by bytes, so that pages by name have one order everywhere. */
import { type MigrationInterface, type QueryRunner } from 'typeorm';
import { migrationName } from './migration-name.js';

export class RegistryViews implements MigrationInterface {
  readonly name = migrationName(10, 'RegistryViews');

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE tasks (
        name           text COLLATE "C" PRIMARY KEY,
        active_version int,
        shown_version  int     NOT NULL,
        deprecated     text,
        removed        boolean NOT NULL DEFAULT false,
        created_at     bigint  NOT NULL,
        updated_at     bigint  NOT NULL
      );
      CREATE TABLE task_versions (
        task             text COLLATE "C" NOT NULL,
        version          int     NOT NULL,
        description      text    NOT NULL,
        category         text    NOT NULL,
        queue            text    NOT NULL,
        lane             text    NOT NULL,
        deployment_id    uuid,
        arguments_schema json    NOT NULL,
        result_schema    json    NOT NULL,
        policies         jsonb   NOT NULL,
        published_at     bigint  NOT NULL,
        serving          boolean NOT NULL DEFAULT true,
        PRIMARY KEY (task, version)
      );
      CREATE TABLE keys (
        key_id     text COLLATE "C" PRIMARY KEY,
        name       text   NOT NULL,
        scope      text   NOT NULL,
        created_at bigint NOT NULL,
        revoked_at bigint
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE tasks; DROP TABLE task_versions; DROP TABLE keys');
  }
}
