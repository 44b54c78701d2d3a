/**
 * Forgets runs that ended long ago: the owner's deed, since services can only add to the log.
 * Steps: each month that is past and in which every run has ended is dropped, from the log and from the view `runs`, and noted in `log_gaps`; then
 * the idempotency keys of runs that are gone are deleted.
 */
import { type Client } from 'pg';
import { terminalRunEvents } from '#contracts';
import { withBriefLocks } from './brief-locks.js';
import { type Partition, partitionsOf, runEvents, runsView } from './monthly-tables.js';
import { DAY_MS, isPast, partitionName } from './months.js';

export interface RetentionOptions {
  /** Milliseconds since 1970. */
  now: number;
  /** Days for which a run is kept at least, counted from the end of the month in which it was accepted. */
  keepDays: number;
  say: (message: string) => void;
}

/** What is noted of events that are gone, as SQL over them. */
const figures = {
  events: 'count(*)',
  streams: 'count(*) FILTER (WHERE version = 1)',
  first_tx: 'min(tx)',
  last_tx: 'max(tx)',
  first_position: 'min(position)',
  last_position: 'max(position)',
  oldest: 'min(at)',
  newest: 'max(at)',
};
const noted = Object.keys(figures).join(', ');
const counted = Object.values(figures).join(', ');

interface Census {
  events: string;
  streams: string;
  unfinished: string;
  /** All figures as one value of SQL. */
  figures: string;
  /** The place of the newest event: another once the partition was written to. */
  last: string | null;
}

const KEYS_AT_ONCE = 5_000;

export async function forgetPastRuns(client: Client, { now, keepDays, say }: RetentionOptions): Promise<void> {
  for (const partition of await partitionsOf(client, runEvents))
    if (isPast(partition.span, now, keepDays)) say(await dropIfEnded(client, partition));
  const keys = await forgetKeys(client, now - keepDays * DAY_MS);
  if (keys > 0) say(`deleted ${keys} idempotency keys of runs that are gone`);
}

/** Runs are counted before anything is locked. Whether one more event came since then is asked behind the lock, and is quick to answer. */
async function dropIfEnded(client: Client, { name, span }: Partition): Promise<string> {
  const { events, streams, unfinished, figures, last } = await census(client, name);
  if (unfinished !== '0') return `kept ${name}: ${unfinished} of its ${streams} runs have not ended`;
  return withBriefLocks(client, async () => {
    await client.query(`LOCK TABLE ONLY ${runEvents.name} IN ACCESS EXCLUSIVE MODE`);
    if ((await placeOfNewest(client, name)) !== last) return `kept ${name}: it is being written to`;
    await client.query(
      `INSERT INTO log_gaps (what, reason, ${noted}) SELECT $1, 'retention: every run of it had ended', ${noted}
       FROM json_populate_record(NULL::log_gaps, $2) WHERE events > 0`,
      [name, figures],
    );
    await client.query(`DROP TABLE ${name}; DROP TABLE IF EXISTS ${partitionName(runsView.name, span)}`);
    return `dropped ${name}: ${events} events of ${streams} runs`;
  });
}

async function census(client: Client, partition: string): Promise<Census> {
  const last = await placeOfNewest(client, partition);
  const { rows } = await client.query<Omit<Census, 'last'>>(
    `SELECT events, streams, to_json(counted)::text AS figures,
       (SELECT count(*) FROM ${partition} AS accepted WHERE version = 1 AND NOT EXISTS (
          SELECT FROM ${partition} AS ended WHERE ended.stream = accepted.stream AND ended.type = ANY ($1))) AS unfinished
     FROM (SELECT ${counted} FROM ${partition}) AS counted (${noted})`,
    [terminalRunEvents],
  );
  return { ...rows[0]!, last };
}

async function placeOfNewest(client: Client, partition: string): Promise<string | null> {
  const { rows } = await client.query<{ place: string }>(
    `SELECT tx || '.' || position AS place FROM ${partition} ORDER BY tx DESC, position DESC LIMIT 1`,
  );
  return rows[0]?.place ?? null;
}

/**
 * A key that outlived its run would name one that nobody can find; a key without its run may be used again. Their streams are hashes, which have no
 * order of time, so they are deleted instead of dropped.
 */
async function forgetKeys(client: Client, usedBefore: number): Promise<number> {
  for (let forgotten = 0; ;) {
    const { rows } = await client.query<{ stream: string }>(
      `SELECT stream FROM events_idempotency AS used
       WHERE at < to_timestamp($1 / 1000.0) AND NOT EXISTS (
         SELECT FROM events_run WHERE category = 'run' AND stream = 'run-' || (used.data ->> 'runId'))
       LIMIT ${KEYS_AT_ONCE}`,
      [usedBefore],
    );
    if (rows.length === 0) return forgotten;
    await deleteKeys(
      client,
      rows.map(({ stream }) => stream),
    );
    forgotten += rows.length;
  }
}

async function deleteKeys(client: Client, streams: readonly string[]): Promise<void> {
  await withBriefLocks(client, async () => {
    await client.query('ALTER TABLE events_idempotency DISABLE TRIGGER append_only');
    await client.query(
      `WITH gone AS (DELETE FROM events_idempotency WHERE category = 'idempotency' AND stream = ANY ($1) RETURNING *)
       INSERT INTO log_gaps (what, reason, ${noted})
       SELECT 'events_idempotency', 'retention: the runs of these keys are gone', ${counted} FROM gone`,
      [streams],
    );
    await client.query('ALTER TABLE events_idempotency ENABLE ALWAYS TRIGGER append_only');
  });
}
