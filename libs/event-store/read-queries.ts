/** The queries that read the log in order. */
import { categoryOwners, type Category } from '#contracts';
import { type Cursor, type ReadFrom } from './log.js';
import { type SqlProjection } from './projection.js';

export interface StoredRow {
  category: Category;
  stream: string;
  version: number;
  schema: number;
  /** The event as it was written, with its type and moment; the columns of these names are for people and for SQL. */
  data: unknown;
  meta: unknown;
  tx: string;
  position: string;
}

export const streamColumns = 'category, stream, version, schema, data, meta, tx, position';

/** Page sizes that readers inside the house use; only these are worth a prepared statement. */
const preparedLimits = new Set([100, 500, 1_000, 2_000, 5_000, 10_000]);

/**
 * Below the oldest transaction that has not ended, in the order of transaction and position: nothing can appear there any more, so a
 * cursor never steps over an event. Categories and limit are literals, so that one plan fits: the partitions are chosen when it is
 * made, and the planner knows that a walk along the index is short.
 */
export function pageOf(columns: string, { categories, limit }: Omit<ReadFrom, 'after'>): string {
  if (!Number.isInteger(limit) || limit < 0) throw new TypeError(`limit ${limit} is not a number of events`);
  return `
    SELECT ${columns} FROM events
    WHERE (tx, position) > ($1::xid8, $2::bigint) AND tx < pg_snapshot_xmin(pg_current_snapshot())
    ${categories ? `AND category IN (${sorted(categories).map(literal).join(', ')})` : ''}
    ORDER BY tx, position LIMIT ${limit}`;
}

interface Query {
  name?: string;
  text: string;
  values: unknown[];
}

/** Of the statement to prepare; undefined when it is not worth it. */
export function readName(query: string, { categories, limit }: Omit<ReadFrom, 'after'>): string | undefined {
  if (!preparedLimits.has(limit)) return undefined;
  return `${query}_${limit}_${categories ? sorted(categories).join('_') : 'every'}`;
}

export function readAllQuery({ after, ...what }: ReadFrom): Query {
  const name = readName('read_all', what);
  return { ...(name && { name }), text: pageOf(streamColumns, what), values: [after.tx, after.position] };
}

/** What a page led to: where it ended and how many events it had; no row for an empty one. */
export interface FoldedPage extends Cursor {
  events: number;
}

/** Applies a page to the tables of a projection, in one statement. */
export function foldQuery({ name, categories, fold }: SqlProjection, after: Cursor, limit: number): Query {
  return {
    ...(preparedLimits.has(limit) && { name: `fold_${limit}_${name}` }),
    text: `
      WITH page AS MATERIALIZED (${pageOf('stream, version, type, at, schema, data, tx, position', { categories, limit })}), ${fold}
      SELECT tx, position, (SELECT count(*)::int FROM page) AS events FROM page ORDER BY tx DESC, position DESC LIMIT 1`,
    values: [after.tx, after.position],
  };
}

/**
 * The newest event, not the number that the next transaction would get: after a crash the server gives numbers again that only transactions had of which
 * nothing was kept, and what is written under them then must not be behind anybody's place.
 */
export const horizonQuery = {
  name: 'log_horizon',
  text: `
    SELECT coalesce(newest.tx, '0') AS tx, coalesce(newest.position, 0) AS position,
      pg_snapshot_xmin(snapshot) < pg_snapshot_xmax(snapshot) AS hidden
    FROM pg_current_snapshot() AS snapshot LEFT JOIN LATERAL (
      SELECT tx, position FROM events WHERE tx < pg_snapshot_xmin(snapshot) ORDER BY tx DESC, position DESC LIMIT 1
    ) AS newest ON true`,
};

/** The newest event of these categories, readable in order already or not. */
export function newestQuery(categories: readonly Category[]): string {
  return `
    SELECT tx, position FROM events WHERE category IN (${categories.map(literal).join(', ')})
    ORDER BY tx DESC, position DESC LIMIT 1`;
}

const sorted = (categories: readonly Category[]): Category[] => [...new Set(categories)].sort();

function literal(category: Category): string {
  if (!Object.hasOwn(categoryOwners, category)) throw new TypeError(`there is no category ${String(category)}`);
  return `'${category}'`;
}
