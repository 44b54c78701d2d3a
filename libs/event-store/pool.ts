/** Connections to Postgres with the time limits that keep an outage short for everyone who waits. */
import { Pool } from 'pg';
import { type Logger } from '#observability';

export interface PoolOptions {
  max: number;
  applicationName: string;
  /** Also the longest wait for a free connection of the pool. Default 2,000. */
  connectTimeoutMs?: number;
  /** Default 5,000. */
  statementTimeoutMs?: number;
  logger?: Pick<Logger, 'warn'>;
}

/**
 * Readers of the log walk along the index that has its order, always. A plan is kept for as long as its connection lives, and one that was made
 * while the table was small would read all of the table again and again, and sort it, as it grows.
 */
const walkIndexes = '-c enable_seqscan=off -c enable_bitmapscan=off -c enable_sort=off';

/** Planning anew for each call costs more than the calls that are made most often. */
const planOnce = '-c plan_cache_mode=force_generic_plan';

/** A page of the log that a projection folds stays in memory. */
const roomForPages = '-c work_mem=16MB';

export function openPool(url: string, options: PoolOptions): Pool {
  const { connectionString, ownSettings } = withoutSettings(url);
  const pool = new Pool({
    connectionString,
    max: options.max,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 2_000,
    statement_timeout: options.statementTimeoutMs ?? 5_000,
    idle_in_transaction_session_timeout: 60_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    options: `${walkIndexes} ${planOnce} ${roomForPages} ${ownSettings}`,
  });
  // A connection that dies while it rests is replaced by the next who needs one. One that dies in use fails its query, and also raises
  // an event of its own, which the pool does not hear. Unheard, either event would end the process.
  pool.on('error', (error) => options.logger?.warn({ err: error }, 'an idle database connection was lost'));
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** The driver would let settings in the URL take the place of those above; so they follow them instead. */
function withoutSettings(url: string): { connectionString: string; ownSettings: string } {
  const [address = url, query = ''] = url.split('?');
  const pairs = query.split('&');
  const own = pairs.filter((pair) => pair.startsWith('options='));
  const others = pairs.filter((pair) => pair !== '' && !own.includes(pair));
  return {
    connectionString: others.length > 0 ? `${address}?${others.join('&')}` : address,
    ownSettings: own.map((pair) => decodeURIComponent(pair.slice('options='.length))).join(' '),
  };
}
