/** Rows of the scheduler's views, for reading. The projection alone writes them. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type RunId, type ScheduleId, type ScheduleRule, type ScheduleTarget } from '#contracts';

/** Postgres hands out bigint as text; these are milliseconds and fit a number. */
const moment = {
  to: (value: number | null) => value,
  from: (text: string | null) => (text === null ? null : Number(text)),
};

@Entity({ name: 'schedules', synchronize: false })
export class ScheduleRow {
  @PrimaryColumn({ name: 'schedule_id', type: 'uuid' })
  scheduleId!: ScheduleId;
  @Column({ type: 'text' })
  name!: string;
  @Column({ type: 'json' })
  rule!: ScheduleRule;
  @Column({ type: 'json' })
  target!: ScheduleTarget;
  @Column({ type: 'boolean' })
  paused!: boolean;
  @Column({ name: 'created_at', type: 'bigint', transformer: moment })
  createdAt!: number;
  @Column({ name: 'last_fired_at', type: 'bigint', nullable: true, transformer: moment })
  lastFiredAt!: number | null;
  @Column({ name: 'last_run_id', type: 'uuid', nullable: true })
  lastRunId!: RunId | null;
  @Column({ type: 'int' })
  firings!: number;
}

@Entity({ name: 'schedule_firings', synchronize: false })
export class ScheduleFiringRow {
  @PrimaryColumn({ name: 'schedule_id', type: 'uuid' })
  scheduleId!: ScheduleId;
  @PrimaryColumn({ type: 'int' })
  firing!: number;
  @Column({ name: 'due_at', type: 'bigint', transformer: moment })
  dueAt!: number;
  @Column({ name: 'run_id', type: 'uuid' })
  runId!: RunId;
}
