/**
 * Fills the log with the history of earlier runs by bulk SQL.
 * Every run is a copy of one that really was: the same three events with the same members, and its own id (a UUIDv7, so in order of time), task, queue and
 * moment. What differs from a grown log: one transaction writes 60,000 events instead of a few.
 */
import { Client } from 'pg';

export interface HistoryOptions {
  /** As the superuser: the role of the services may only append through its function. */
  databaseUrl: string;
  events: number;
  /** Runs are spread evenly over these; at least one. */
  tasks: readonly { name: string; queue: string }[];
  /** Also fills the view of runs and says that every reader of the log has read it: as after weeks, not as after a restore. */
  alreadyRead: boolean;
}

export const EVENTS_PER_RUN = 3;
const RUNS_PER_TRANSACTION = 20_000;
const CONNECTIONS = 2;

/** Needs one run that has succeeded, to copy. Answers how many runs were written. */
export async function writeHistory(options: HistoryOptions): Promise<number> {
  const runs = Math.ceil(options.events / EVENTS_PER_RUN);
  const parts: Part[] = [];
  for (let first = 0; first < runs; first += RUNS_PER_TRANSACTION)
    parts.push({ first, last: Math.min(first + RUNS_PER_TRANSACTION, runs) - 1, runs });
  await Promise.all(Array.from({ length: CONNECTIONS }, () => writeParts(parts, options)));
  await withClient(options.databaseUrl, async (client) => {
    await client.query('ANALYZE events; ANALYZE runs');
    if (options.alreadyRead) await client.query(skipTo);
  });
  return runs;
}

/** What one transaction writes. */
interface Part {
  first: number;
  last: number;
  runs: number;
}

/** Takes parts from the list until none is left. */
async function writeParts(parts: Part[], { databaseUrl, tasks, alreadyRead }: HistoryOptions): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    await client.query(`SET synchronous_commit = off; SET work_mem = '128MB'; ${template}`);
    await client.query(`CREATE TEMP TABLE history_tasks (place int PRIMARY KEY, name text, queue text)`);
    const columns = [tasks.map(({ name }) => name), tasks.map(({ queue }) => queue)];
    await client.query(insertTasks, columns);
    for (let part = parts.shift(); part; part = parts.shift()) {
      const place = [part.first, part.last, part.runs, tasks.length];
      await client.query(insertEvents, place);
      if (alreadyRead) await client.query(insertViews, place);
    }
  });
}

async function withClient(databaseUrl: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

const insertTasks = `
  INSERT INTO history_tasks SELECT n - 1, name, queue FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t (name, queue, n)
`;

const template = `
  CREATE TEMP TABLE template AS
  SELECT version, type, schema, meta::text,
    regexp_replace(regexp_replace(regexp_replace(data::text,
      '"task":"[^"]*"', '"task":"@task"'), '"queue":"[^"]*"', '"queue":"@queue"'), '"lane":"[^"]*"', '"lane":"@queue"') AS data
  FROM events
  WHERE category = 'run' AND stream = (
    SELECT stream FROM events WHERE category = 'run' AND type = 'RunSucceeded' ORDER BY tx DESC, position DESC LIMIT 1)
`;

/** One run a tenth of a second, the last one an hour ago. Arguments: first and last run, all runs, how many tasks. */
const runsFromTo = `
  SELECT n, at, t.name, t.queue,
    substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || lpad(to_hex(n % 4096), 3, '0')
      || '-8' || substr(digest, 1, 3) || '-' || substr(digest, 4, 12) AS id
  FROM generate_series($1::int, $2::int) AS n
  CROSS JOIN LATERAL (SELECT (extract(epoch FROM now()) * 1000)::bigint - 3600000 - ($3::int - n)::bigint * 100 AS at) AS moment
  CROSS JOIN LATERAL (SELECT lpad(to_hex(at), 12, '0') AS hex, md5(n::text) AS digest) AS parts
  JOIN history_tasks AS t ON t.place = n % $4::int
`;

const insertEvents = `
  INSERT INTO events (category, stream, version, type, at, schema, data, meta)
  SELECT 'run', 'run-' || r.id, e.version, e.type, to_timestamp((r.at + e.version) / 1000.0), e.schema,
    CASE e.version WHEN 1 THEN replace(replace(e.data, '@task', r.name), '@queue', r.queue) ELSE e.data END::json, e.meta::json
  FROM (${runsFromTo}) AS r CROSS JOIN template AS e ORDER BY r.n, e.version
`;

const insertViews = `
  INSERT INTO runs (run_id, task, task_version, queue, lane, deployment_id, status, priority, attempt, accepted_at, started_at, finished_at, not_before)
  SELECT r.id::uuid, r.name, 1, r.queue, r.queue, NULL, 'succeeded', 4, 1, r.at + 1, r.at + 2, r.at + 3, NULL FROM (${runsFromTo}) AS r
`;

const skipTo = `
  UPDATE projection_cursors SET (tx, position) = (SELECT tx, position FROM events ORDER BY tx DESC, position DESC LIMIT 1)
`;
