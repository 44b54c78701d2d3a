/** Judges from the outside, by the log alone, whether accepted runs came out as promised. */
import { Client } from 'pg';

export interface Expected {
  readonly runId: string;
  readonly result: unknown;
}

export interface Verdict {
  accepted: number;
  inLog: number;
  succeeded: number;
  wrongResults: number;
  withoutEnd: number;
  withSeveralEnds: number;
  gapsInVersions: number;
  /** Attempts beyond the first: what the fault cost. */
  extraAttempts: number;
}

const terminal = ['RunSucceeded', 'RunFailed', 'RunTimedOut', 'RunCancelled', 'RunDeadLettered'];

export async function audit(databaseUrl: string, expected: readonly Expected[]): Promise<Verdict> {
  const streams = await streamsOf(
    databaseUrl,
    expected.map(({ runId }) => `run-${runId}`),
  );
  const verdict: Verdict = {
    accepted: expected.length,
    inLog: streams.size,
    succeeded: 0,
    wrongResults: 0,
    withoutEnd: 0,
    withSeveralEnds: 0,
    gapsInVersions: 0,
    extraAttempts: 0,
  };
  for (const { runId, result } of expected) {
    const events = streams.get(`run-${runId}`) ?? [];
    const ends = events.filter(({ type }) => terminal.includes(type));
    if (ends.length === 0) verdict.withoutEnd += 1;
    if (ends.length > 1) verdict.withSeveralEnds += 1;
    if (ends[0]?.type === 'RunSucceeded') verdict.succeeded += 1;
    if (JSON.stringify(ends[0]?.data['result']) !== JSON.stringify(result)) verdict.wrongResults += 1;
    if (events.some(({ version }, index) => version !== index + 1)) verdict.gapsInVersions += 1;
    verdict.extraAttempts += Math.max(0, events.filter(({ type }) => type === 'RunStarted').length - 1);
  }
  return verdict;
}

interface AuditedEvent {
  stream: string;
  version: number;
  type: string;
  data: Record<string, unknown>;
}

export interface LoggedRun {
  readonly runId: string;
  readonly arguments: Record<string, unknown>;
  /** That have started. */
  readonly attempts: number;
}

/** Every run of a task that the log has accepted. */
export async function runsOf(databaseUrl: string, task: string): Promise<LoggedRun[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<LoggedRun>(
      `SELECT substr(a.stream, 5) AS "runId", a.data->'arguments' AS arguments,
         (SELECT count(*)::int FROM events s WHERE s.category = 'run' AND s.stream = a.stream AND s.type = 'RunStarted') AS attempts
       FROM events a WHERE a.category = 'run' AND a.type = 'RunAccepted' AND a.data->>'task' = $1`,
      [task],
    );
    return rows;
  } finally {
    await client.end();
  }
}

async function streamsOf(databaseUrl: string, streams: readonly string[]): Promise<Map<string, AuditedEvent[]>> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<AuditedEvent>(
      `SELECT stream, version, type, data FROM events WHERE category = 'run' AND stream = ANY($1) ORDER BY stream, version`,
      [streams],
    );
    const byStream = new Map<string, AuditedEvent[]>();
    for (const row of rows) byStream.set(row.stream, [...(byStream.get(row.stream) ?? []), row]);
    return byStream;
  } finally {
    await client.end();
  }
}

/** Tables that are not folds of the log: the log itself and what was taken out of it, what keeps its readers' places, and the bundles. */
const notViews = ['migrations', 'projection_cursors', 'bundles', 'log_gaps'];

/** What each view folds. */
const folded = {
  'dispatcher.runs': 'run',
  'deployer deployments': 'deployment',
  'registry tasks': 'task',
  'registry keys': 'key',
  'scheduler schedules': 'schedule',
};

/** The newest event, and the views that have not applied all of theirs, with the newest event that each has applied. */
export async function placesOf(databaseUrl: string): Promise<{ newest: string; behind: string[] }> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ newest: string; behind: string[] | null }>(
      `SELECT (SELECT (tx, position)::text FROM events ORDER BY tx DESC, position DESC LIMIT 1) AS newest,
         (SELECT array_agg(format('%s at %s', name, coalesce((tx, position)::text, 'its beginning')))
          FROM json_each_text($1) AS folded (name, category) LEFT JOIN projection_cursors AS applied USING (name)
          WHERE EXISTS (SELECT FROM events AS e WHERE e.category = folded.category
            AND (e.tx, e.position) > (coalesce(applied.tx, '0'), coalesce(applied.position, 0)))) AS behind`,
      [folded],
    );
    return { newest: rows[0]!.newest, behind: rows[0]!.behind ?? [] };
  } finally {
    await client.end();
  }
}

/** Every view, row by row, each row as text so that its order does not matter. */
export async function viewsOf(databaseUrl: string): Promise<Map<string, string[]>> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class
       WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
         AND relname NOT LIKE 'events%' AND relname <> ALL($1) ORDER BY 1`,
      [notViews],
    );
    const views = new Map<string, string[]>();
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`);
      views.set(name, rows.map(({ row }) => row).sort());
    }
    return views;
  } finally {
    await client.end();
  }
}
