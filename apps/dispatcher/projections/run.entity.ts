/** A row of the view `runs`, for reading. The projection alone writes it. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type DeploymentId, type QueueName, type RunId, type RunStatus, type TaskName } from '#contracts';

/** Postgres hands out bigint as text; these are milliseconds and fit a number. */
const moment = {
  to: (value: number | null) => value,
  from: (text: string | null) => (text === null ? null : Number(text)),
};

@Entity({ name: 'runs', synchronize: false })
export class RunRow {
  @PrimaryColumn({ name: 'run_id', type: 'uuid' })
  runId!: RunId;
  @Column({ type: 'text' })
  task!: TaskName;
  @Column({ name: 'task_version', type: 'int', nullable: true })
  taskVersion!: number | null;
  @Column({ type: 'text' })
  queue!: QueueName;
  @Column({ name: 'deployment_id', type: 'uuid', nullable: true })
  deploymentId!: DeploymentId | null;
  @Column({ type: 'text' })
  status!: RunStatus;
  @Column({ type: 'smallint' })
  priority!: number;
  @Column({ type: 'int' })
  attempt!: number;
  @Column({ name: 'accepted_at', type: 'bigint', transformer: moment })
  acceptedAt!: number;
  @Column({ name: 'started_at', type: 'bigint', nullable: true, transformer: moment })
  startedAt!: number | null;
  @Column({ name: 'finished_at', type: 'bigint', nullable: true, transformer: moment })
  finishedAt!: number | null;
  @Column({ name: 'not_before', type: 'bigint', nullable: true, transformer: moment })
  notBefore!: number | null;
}
