/** Whether everything that was measured really happened: events counted in Postgres, and read from JetStream by a consumer. */
import { connect, consumerOpts } from 'nats';
import { Client } from 'pg';

const STREAM = 'TS_EVENTS';
const RUN_EVENTS = 'ts.events.run.>';

export interface Audit {
  /** By the count of the callers. */
  submitted: number;
  /** Of those, the ones that are meant to wait still. */
  waiting: number;
  accepted: number;
  succeeded: number;
  /** Events of runs in the log. */
  events: number;
  /** Different events of runs that a JetStream consumer got. */
  inJetStream: number;
}

export async function countInLog(databaseUrl: string): Promise<Pick<Audit, 'accepted' | 'succeeded' | 'events'>> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ type: string; count: number }>(
      `SELECT type, count(*)::int AS count FROM events WHERE category = 'run' GROUP BY type`,
    );
    const of = (type: string): number => rows.find((row) => row.type === type)?.count ?? 0;
    const events = rows.reduce((sum, { count }) => sum + count, 0);
    return { accepted: of('RunAccepted'), succeeded: of('RunSucceeded'), events };
  } finally {
    await client.end();
  }
}

/** Whether these readers of the log have seen every event of a run. */
export async function haveCaughtUp(database: Client, readers: readonly string[]): Promise<boolean> {
  const { rows } = await database.query<{ done: boolean }>(
    `SELECT coalesce(bool_and((c.tx, c.position) >= (n.tx, n.position)), true) AS done
     FROM (SELECT tx, position FROM events WHERE category = 'run' ORDER BY tx DESC, position DESC LIMIT 1) AS n
     CROSS JOIN projection_cursors AS c WHERE c.name = ANY($1)`,
    [readers],
  );
  return rows[0]!.done;
}

/** Reads the stream from its beginning and counts the different events in its messages. */
export async function countInJetStream(natsUrl: string): Promise<number> {
  const connection = await connect(natsOptions(natsUrl));
  try {
    const manager = await connection.jetstreamManager();
    const { state } = await manager.streams.info(STREAM, { subjects_filter: RUN_EVENTS });
    // Without one, the consumer would wait for the first.
    if (Object.keys(state.subjects ?? {}).length === 0) return 0;
    const seen = new Set<string>();
    const subscription = await connection
      .jetstream()
      .subscribe(RUN_EVENTS, consumerOpts().orderedConsumer().deliverAll());
    for await (const { data, info } of subscription) {
      const events = JSON.parse(new TextDecoder().decode(data)) as { stream: string; version: number }[];
      for (const { stream, version } of events) seen.add(`${stream}:${version}`);
      if (info.pending === 0) break;
    }
    return seen.size;
  } finally {
    await connection.close();
  }
}

export function natsOptions(url: string): { servers: string; user?: string; pass?: string } {
  const { host, username, password } = new URL(url);
  return { servers: host, ...(username && { user: username, pass: decodeURIComponent(password) }) };
}

/** @throws Error that says what is missing. */
export function assertHonest({ submitted, waiting, accepted, succeeded, events, inJetStream }: Audit): void {
  const ended = submitted - waiting;
  const wrong = [
    accepted !== submitted && `${accepted} RunAccepted`,
    succeeded !== ended && `${succeeded} RunSucceeded`,
    events < ended * 3 + waiting && `${events} events, not three for each`,
    inJetStream !== events && `${inJetStream} of ${events} events in JetStream`,
  ].filter(Boolean);
  if (wrong.length > 0)
    throw new Error(`the figures cannot be trusted: of ${submitted} runs there are ${wrong.join(', ')}`);
}
