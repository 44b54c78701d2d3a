/** Runs that are not finished, from the view: candidates for the clocks, which check each with the log before they act. */
import { type Lane, type Moment, type RunId } from '#contracts';
import { type Sql } from '#event-store';
import { readViews } from '#service';

export interface LiveRun {
  readonly runId: RunId;
  readonly lane: Lane;
  readonly status: 'waiting' | 'running';
  readonly attempt: number;
}

/** Of a waiting run. */
export interface DueRun extends LiveRun {
  readonly dueAt: Moment;
}

export interface LaneCounts {
  readonly waiting: number;
  readonly delayed: number;
  readonly running: number;
}

const COLUMNS = `run_id AS "runId", lane, status, attempt`;

/** One plan serves all calls (pool.ts): with a condition for the first page it would read every page from the beginning of the index. */
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

export class LiveRuns {
  constructor(private readonly sql: Sql) {}

  /** Waiting runs that became due within (after, until], earliest first. */
  async waitingDue({ after, until, limit }: { after: Moment; until: Moment; limit: number }): Promise<DueRun[]> {
    const text = `SELECT ${COLUMNS}, due_at::float8 AS "dueAt" FROM runs
      WHERE status = 'waiting' AND due_at > $1 AND due_at <= $2 ORDER BY due_at LIMIT $3`;
    return (await this.query<DueRun>(text, [after, until, limit])).rows;
  }

  /** Delayed runs and retries that became due within (after, until]. */
  async delayedDue({ after, until, limit }: { after: Moment; until: Moment; limit: number }): Promise<LiveRun[]> {
    const text = `SELECT ${COLUMNS} FROM runs WHERE status = 'waiting' AND not_before > $1 AND not_before <= $2 ORDER BY not_before LIMIT $3`;
    return (await this.query<LiveRun>(text, [after, until, limit])).rows;
  }

  /** All live runs, page by page: pass the last run id to get the next page. */
  async page({ after, now, limit }: { after: RunId | null; now: Moment; limit: number }): Promise<LiveRun[]> {
    const text = `SELECT ${COLUMNS} FROM runs
      WHERE status IN ('waiting', 'running') AND due_at <= $2 AND run_id > $1 ORDER BY run_id LIMIT $3`;
    return (await this.query<LiveRun>(text, [after ?? BEFORE_ALL, now, limit])).rows;
  }

  async ofLane(lane: Lane): Promise<LiveRun[]> {
    return (
      await this.query<LiveRun>(`SELECT ${COLUMNS} FROM runs WHERE status IN ('waiting', 'running') AND lane = $1`, [
        lane,
      ])
    ).rows;
  }

  async countsByLane(now: Moment): Promise<Map<Lane, LaneCounts>> {
    const text = `SELECT lane,
        count(*) FILTER (WHERE status = 'waiting' AND due_at <= $1)::int AS waiting,
        count(*) FILTER (WHERE status = 'waiting' AND due_at > $1)::int AS delayed,
        count(*) FILTER (WHERE status = 'running')::int AS running
      FROM runs WHERE status IN ('waiting', 'running') GROUP BY lane`;
    const { rows } = await this.query<{ lane: Lane } & LaneCounts>(text, [now]);
    return new Map(rows.map(({ lane, ...counts }) => [lane, counts]));
  }

  private query<Row extends object>(text: string, values: readonly unknown[]): Promise<{ rows: Row[] }> {
    return readViews(() => this.sql.query<Row>(text, values));
  }
}
