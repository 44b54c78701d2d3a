/** The two tables whose rows are kept apart by the months of their runs, and how they get partitions for months to come. */
import { type Client } from 'pg';
import { withBriefLocks } from './brief-locks.js';
import { firstRunId, missingMonths, type Month, partitionName, type Span, spanOf } from './months.js';

interface MonthlyTable {
  readonly name: string;
  /** The column that holds, or ends with, the run's id. */
  readonly key: string;
  /** The smallest value of a month. */
  first(month: Month): string;
  readonly isAppendOnly: boolean;
}

export interface Partition {
  readonly name: string;
  readonly span: Span;
}

export const runEvents: MonthlyTable = {
  name: 'events_run',
  key: 'stream',
  first: (month) => `run-${firstRunId(month)}`,
  isAppendOnly: true,
};
export const runsView: MonthlyTable = { name: 'runs', key: 'run_id', first: firstRunId, isAppendOnly: false };

/** Half a year without a start of the stack. Each partition, empty or not, costs every look at the log some microseconds: docs/scale.md. */
const MONTHS_AHEAD = 6;

/** Makes what is missing, and gives the names. Runs of a month without a partition are in the default one until then, so nothing was refused. */
export async function addMonths(client: Client, now: number): Promise<string[]> {
  return withBriefLocks(client, async () => {
    const made: string[] = [];
    for (const table of [runEvents, runsView]) {
      const known = (await partitionsOf(client, table)).map(({ span }) => span);
      for (const month of missingMonths(known, now, MONTHS_AHEAD)) made.push(await addMonth(client, table, month));
    }
    return made;
  });
}

/** Oldest first; without the default one. */
export async function partitionsOf(client: Client, table: MonthlyTable): Promise<Partition[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = $1::regclass`,
    [table.name],
  );
  return rows
    .flatMap(({ name }) => {
      const span = spanOf(table.name, name);
      return span ? [{ name, span }] : [];
    })
    .sort((one, other) => one.span.to - other.span.to);
}

/** The default partition is locked first: what it holds of the month must be out before the month is attached, and nothing may come in between. */
async function addMonth(client: Client, table: MonthlyTable, month: Month): Promise<string> {
  const { key, isAppendOnly } = table;
  const name = partitionName(table.name, { from: month, to: month + 1 });
  const fallback = `${table.name}_default`;
  const [from, to] = [`'${table.first(month)}'`, `'${table.first(month + 1)}'`];
  const columns = await columnsOf(client, table.name);
  const trigger = (deed: string) => (isAppendOnly ? `ALTER TABLE ${fallback} ${deed} TRIGGER append_only;` : '');
  await client.query(`
    LOCK TABLE ${fallback} IN ACCESS EXCLUSIVE MODE;
    CREATE TABLE ${name} (LIKE ${table.name} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED);
    ${trigger('DISABLE')}
    WITH moved AS (DELETE FROM ${fallback} WHERE ${key} >= ${from} AND ${key} < ${to} RETURNING ${columns})
    INSERT INTO ${name} (${columns}) SELECT ${columns} FROM moved;
    ${trigger('ENABLE ALWAYS')}
    ALTER TABLE ${table.name} ATTACH PARTITION ${name} FOR VALUES FROM (${from}) TO (${to});
    ${isAppendOnly ? appendOnly(name) : ''}`);
  return name;
}

/** But for those that follow from others. */
async function columnsOf(client: Client, table: string): Promise<string> {
  const { rows } = await client.query<{ columns: string }>(
    `SELECT string_agg(quote_ident(attname), ', ') AS columns FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    [table],
  );
  return rows[0]!.columns;
}

/** Partitions do not inherit it. */
function appendOnly(name: string): string {
  return `
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${name}
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events();
    ALTER TABLE ${name} ENABLE ALWAYS TRIGGER append_only;`;
}
