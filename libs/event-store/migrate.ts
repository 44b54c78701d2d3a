/**
 * Brings a database up to date.
 * Steps: wait until it answers, take the lock (several may start at once), run what is missing, grant the services their rights, make partitions for
 * the months to come, forget runs that are past their time.
 */
import { setTimeout as pause } from 'node:timers/promises';
import pg, { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { isUnavailable } from './database-errors.js';
import { TablesInUse } from './growth/brief-locks.js';
import { addMonths } from './growth/monthly-tables.js';
import { forgetPastRuns } from './growth/retention.js';

export interface MigrateOptions {
  /** As the owner of the schema. The schema is the first of its search path. */
  ownerUrl: string;
  /** The role that the services connect as. */
  serviceRole?: string;
  /** When given, the role is made with it, or gets it. */
  servicePassword?: string | undefined;
  /** Days for which runs are kept, see TASKSMITH_RUN_RETENTION_DAYS. Default 0: for ever. */
  keepRunsDays?: number;
  /** Milliseconds since 1970. Default: now. */
  now?: number;
  /** How long to wait for a database that does not answer yet. */
  waitMs?: number;
  say?: (message: string) => void;
}

export interface Migrated {
  /** Names of the migrations that were run now. */
  applied: string[];
}

/** The log was written by another server: see refuseForeignTransactions. */
class ForeignLog extends Error {
  override readonly name = 'ForeignLog';
}

const LOCK = `hashtextextended('tasksmith migrate ' || current_schema(), 0)`;

export async function migrate({ waitMs = 60_000, ...options }: MigrateOptions): Promise<Migrated> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      return await migrateNow({ ...options, waitMs: Math.max(0, deadline - performance.now()) });
    } catch (error) {
      // Every step may be repeated, so a connection that breaks on the way costs another try and no more.
      if (error instanceof ForeignLog || !isUnavailable(error) || performance.now() > deadline) throw error;
      options.say?.(`the database went away, trying again: ${error instanceof Error ? error.message : String(error)}`);
      await pause(500);
    }
  }
}

async function migrateNow({
  ownerUrl,
  serviceRole = 'tasksmith_service',
  servicePassword,
  keepRunsDays = 0,
  now = Date.now(),
  waitMs,
  say = () => undefined,
}: MigrateOptions & { waitMs: number }): Promise<Migrated> {
  const client = await connect(ownerUrl, waitMs, say);
  try {
    await client.query(`SELECT pg_advisory_lock(${LOCK})`);
    const applied = await runMigrations(ownerUrl);
    for (const name of applied) say(`applied ${name}`);
    await refuseForeignTransactions(client);
    if (servicePassword !== undefined) await ensureRole(client, serviceRole, servicePassword);
    await grant(client, serviceRole, say);
    await keepInBounds(client, { now, keepRunsDays, say }).catch((error: unknown) => {
      // No reason not to start: runs go to the default partition meanwhile.
      if (!(error instanceof TablesInUse)) throw error;
      say(`${error.message}: the months of the log are left as they are until the next time`);
    });
    return { applied };
  } finally {
    await client.end();
  }
}

/** Only the last steps of `migrate`, for an operator's clock: a stack that is never started anew needs them too. @throws TablesInUse */
export async function applyRetention(
  options: Pick<MigrateOptions, 'ownerUrl' | 'keepRunsDays' | 'now' | 'say'>,
): Promise<void> {
  const { ownerUrl, keepRunsDays = 0, now = Date.now(), say = () => undefined } = options;
  const client = await connect(ownerUrl, 0, say);
  try {
    await client.query(`SELECT pg_advisory_lock(${LOCK})`);
    await keepInBounds(client, { now, keepRunsDays, say });
  } finally {
    await client.end();
  }
}

async function keepInBounds(
  client: Client,
  { now, keepRunsDays, say }: { now: number; keepRunsDays: number; say: (message: string) => void },
): Promise<void> {
  const made = await addMonths(client, now);
  if (made.length > 0) say(`made ${made.join(', ')}`);
  if (keepRunsDays > 0) await forgetPastRuns(client, { now, keepDays: keepRunsDays, say });
}

async function connect(url: string, waitMs: number, say: (message: string) => void): Promise<Client> {
  const deadline = performance.now() + waitMs;
  for (let tries = 0; ; tries++) {
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: 5_000,
      application_name: 'tasksmith-migrate',
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (error instanceof ForeignLog || !isUnavailable(error) || performance.now() > deadline) throw error;
      if (tries === 0) say(`the database does not answer yet, waiting up to ${waitMs / 1000} s`);
      await pause(250);
    }
  }
}

/** TypeORM is loaded only here: the services, which import this module too, do without it. */
async function runMigrations(url: string): Promise<string[]> {
  const [{ DataSource }, { migrations }] = await Promise.all([import('typeorm'), import('./migrations/index.js')]);
  const source = new DataSource({
    type: 'postgres',
    // TypeORM would load it by its name, a second time where it is bundled.
    driver: pg,
    extra: { connectionString: url, max: 2 },
    migrations,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
  });
  await source.initialize();
  try {
    return (await source.runMigrations()).map(({ name }) => name);
  } finally {
    await source.destroy();
  }
}

/** A log that was dumped elsewhere carries transaction ids that are still to come here, and readers would stop before them for ever. */
async function refuseForeignTransactions(client: Client): Promise<void> {
  const { rows } = await client.query<{ newest: string | null; foreign: boolean | null }>(`
    SELECT newest, newest >= pg_snapshot_xmax(pg_current_snapshot()) AS foreign
    FROM (SELECT tx AS newest FROM events ORDER BY tx DESC, position DESC LIMIT 1) AS last`);
  if (rows[0]?.foreign)
    throw new ForeignLog(
      `The log holds events of transaction ${rows[0].newest}, which this server has not reached: it was restored from a logical dump. ` +
        `Restore a physical backup, or raise the server's next transaction id with pg_resetwal.`,
    );
}

async function ensureRole(client: Client, role: string, password: string): Promise<void> {
  const known = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  const deed = known.rowCount === 0 ? 'CREATE' : 'ALTER';
  await client.query(`${deed} ROLE ${escapeIdentifier(role)} LOGIN PASSWORD ${escapeLiteral(password)}`);
}

async function grant(client: Client, role: string, say: (message: string) => void): Promise<void> {
  const known = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (known.rowCount === 0) return say(`there is no role ${role}: nothing was granted to it`);
  const { rows } = await client.query<{ schema: string; views: string | null }>(`
    SELECT current_schema() AS schema, string_agg(format('%I', relname), ', ') AS views
    FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
      AND relname NOT IN ('migrations', 'events', 'log_gaps') AND relname NOT LIKE 'events\\_%'`);
  const { schema, views } = rows[0]!;
  const grantee = escapeIdentifier(role);
  // Not the columns tx and position: the server says when an event was written, not the writer.
  await client.query(`
    GRANT USAGE ON SCHEMA ${escapeIdentifier(schema)} TO ${grantee};
    GRANT SELECT, INSERT (category, stream, version, type, at, schema, data, meta) ON events TO ${grantee};
    GRANT SELECT ON migrations, log_gaps TO ${grantee};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${escapeIdentifier(schema)} TO ${grantee};
    ${views ? `GRANT SELECT, INSERT, UPDATE, DELETE ON ${views} TO ${grantee};` : ''}`);
}
