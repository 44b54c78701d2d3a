/** Rows of the registry's views, for reading. The projections alone write them. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  type DeploymentId,
  type JsonSchema,
  type KeyId,
  type Lane,
  type QueueName,
  type RunPoliciesInput,
  type Scope,
  type TaskName,
} from '#contracts';

/** Postgres hands out bigint as text; these are milliseconds and fit a number. */
const moment = {
  to: (value: number | null) => value,
  from: (text: string | null) => (text === null ? null : Number(text)),
};

@Entity({ name: 'tasks', synchronize: false })
export class TaskRow {
  @PrimaryColumn({ type: 'text' })
  name!: TaskName;
  @Column({ name: 'active_version', type: 'int', nullable: true })
  activeVersion!: number | null;
  @Column({ name: 'shown_version', type: 'int' })
  shownVersion!: number;
  @Column({ type: 'text', nullable: true })
  deprecated!: string | null;
  @Column({ type: 'boolean' })
  removed!: boolean;
  @Column({ name: 'created_at', type: 'bigint', transformer: moment })
  createdAt!: number;
  @Column({ name: 'updated_at', type: 'bigint', transformer: moment })
  updatedAt!: number;
}

@Entity({ name: 'task_versions', synchronize: false })
export class TaskVersionRow {
  @PrimaryColumn({ type: 'text' })
  task!: TaskName;
  @PrimaryColumn({ type: 'int' })
  version!: number;
  @Column({ type: 'text' })
  description!: string;
  @Column({ type: 'text' })
  category!: string;
  @Column({ type: 'text' })
  queue!: QueueName;
  @Column({ type: 'text' })
  lane!: Lane;
  @Column({ name: 'deployment_id', type: 'uuid', nullable: true })
  deploymentId!: DeploymentId | null;
  @Column({ name: 'arguments_schema', type: 'json' })
  argumentsSchema!: JsonSchema;
  @Column({ name: 'result_schema', type: 'json' })
  resultSchema!: JsonSchema;
  @Column({ type: 'jsonb' })
  policies!: RunPoliciesInput;
  @Column({ name: 'published_at', type: 'bigint', transformer: moment })
  publishedAt!: number;
  @Column({ type: 'boolean' })
  serving!: boolean;
}

@Entity({ name: 'keys', synchronize: false })
export class KeyRow {
  @PrimaryColumn({ name: 'key_id', type: 'text' })
  keyId!: KeyId;
  @Column({ type: 'text' })
  name!: string;
  @Column({ type: 'text' })
  scope!: Scope;
  @Column({ name: 'created_at', type: 'bigint', transformer: moment })
  createdAt!: number;
  @Column({ name: 'revoked_at', type: 'bigint', nullable: true, transformer: moment })
  revokedAt!: number | null;
}
