/**
 * Keeps the tables of one projection equal to a fold of the log, with any number of instances at work.
 * Steps of a batch, in one transaction: take the projection's lock, read the cursor, read the events after it, apply them, save the
 * cursor. The lock is an advisory one because, unlike FOR UPDATE, it takes no transaction id: a transaction that has one holds up
 * every reader of the log until it ends.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { escapeLiteral, type Pool, type PoolClient, type QueryResult } from 'pg';
import { ServiceLoop, type Startable } from '#lifecycle';
import { type Logger } from '#observability';
import { loadCursor, saveCursorStatement } from './cursors.js';
import { isUnavailable } from './database-errors.js';
import { type AppendHints } from './hints.js';
import { BEGINNING, isBefore, type Cursor } from './log.js';
import { type Projection, type Sql, type SqlProjection } from './projection.js';
import { foldQuery, type FoldedPage, horizonQuery, newestQuery, readAllQuery, type StoredRow } from './read-queries.js';
import { revive } from './revive.js';
import { upcasters as ownUpcasters, type Upcasters } from './upcasters.js';
import { WakeUps } from './wake-ups.js';

export interface ProjectionRunnerOptions {
  pool: Pool;
  projection: Projection | SqlProjection;
  hints?: Pick<AppendHints, 'onAppended'>;
  logger?: Pick<Logger, 'error'>;
  upcasters?: Upcasters;
  /** Longest wait between two looks at the log, for when a hint is lost. Default 2,000. */
  pollMs?: number;
  /** Events applied in one transaction. Default 2,000. */
  batchSize?: number;
  /** Rest after a batch of so many events that was not full, so that what comes meanwhile is written together. Default 0. Nobody who catches up waits for it. */
  restMs?: (events: number) => number;
}

export interface ProjectionLag {
  /** Events not applied yet; counted up to 10,000. */
  events: number;
  /** Age of the oldest of them; 0 when there is none. */
  ageMs: number;
}

type BatchOutcome =
  /** Another instance holds the lock. */
  { kind: 'busy' } | { kind: 'looked'; applied: number; cursor: Cursor; hidden: boolean };

/** A page that a starved machine cannot finish would be begun again and again; nobody who is in a hurry waits for one. */
const PAGE_WITHIN_MS = 30_000;

export class ProjectionRunner implements Startable {
  private readonly projection: Projection | SqlProjection;
  private readonly pool: Pool;
  private readonly batchSize: number;
  private readonly upcasters: Upcasters;
  private readonly loop: ServiceLoop;
  private wakeUps: WakeUps | undefined;
  private restsUntil = 0;
  /** Between `from`, the saved cursor, and `to` is nothing for this projection: not worth a write, nor another look. */
  private barren: { from: Cursor; to: Cursor } = { from: BEGINNING, to: BEGINNING };

  constructor(private readonly options: ProjectionRunnerOptions) {
    const { projection, logger } = options;
    this.projection = projection;
    this.pool = options.pool;
    this.batchSize = options.batchSize ?? 2_000;
    this.upcasters = options.upcasters ?? ownUpcasters;
    this.loop = new ServiceLoop({
      name: `projection ${projection.name}`,
      intervalMs: this.pollMs,
      step: () => this.step(),
      onError: (error, name) => logger?.error({ err: error }, `${name} failed and will try again`),
    });
  }

  async start(): Promise<void> {
    this.wakeUps ??= new WakeUps({
      hints: this.options.hints,
      categories: this.projection.categories,
      wake: () => this.loop.wake(),
    });
    await this.loop.start();
  }

  /** Waits for the batch under way. */
  async stop(): Promise<void> {
    this.wakeUps?.stop();
    await this.loop.stop();
    this.wakeUps?.stop();
  }

  /**
   * Resolves once every event committed before this call is applied, by this instance or by another.
   * Throws when that takes longer than `withinMs`.
   */
  async catchUp({ withinMs = 30_000 }: { withinMs?: number } = {}): Promise<void> {
    const deadline = performance.now() + withinMs;
    const { rows } = await this.pool.query<Cursor>(newestQuery(this.projection.categories));
    const target = rows[0];
    while (target && isBefore(await this.progress(), target)) {
      if (performance.now() > deadline)
        throw new Error(`projection ${this.projection.name} did not catch up within ${withinMs} ms`);
    }
  }

  /**
   * Empties the tables and fills them from the whole log, in one transaction: whoever reads them meanwhile sees them as they were.
   * Until it ends, readers of the log get no newer events.
   */
  async rebuild(): Promise<{ events: number }> {
    return this.withClient(async (client) => {
      await client.query('BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0');
      await client.query(`SELECT pg_advisory_xact_lock(${this.lockKey()})`);
      for (const table of this.projection.tables) await client.query(`DELETE FROM ${table}`);
      let cursor = BEGINNING;
      let total = 0;
      for (let isLast = false; !isLast;) {
        const page = await this.applyPage(client, cursor);
        cursor = page.cursor;
        total += page.events;
        isLast = page.events < this.batchSize;
      }
      await client.query(`${saveCursorStatement(this.projection.name, cursor)}; COMMIT`);
      return { events: total };
    });
  }

  async lag(): Promise<ProjectionLag> {
    const { tx, position } = await loadCursor(this.pool as Sql, this.projection.name);
    const { rows } = await this.pool.query<{ events: number; age: number }>(
      `SELECT count(*)::int AS events, coalesce(extract(epoch FROM now() - min(at)) * 1000, 0)::float AS age
       FROM (
         SELECT at FROM events
         WHERE (tx, position) > ($1::xid8, $2::bigint) AND category = ANY ($3) ORDER BY tx, position LIMIT 10000
       ) AS behind`,
      [tx, position, this.projection.categories],
    );
    return { events: rows[0]!.events, ageMs: Math.max(0, rows[0]!.age) };
  }

  private get pollMs(): number {
    return this.options.pollMs ?? 2_000;
  }

  private async step(): Promise<boolean> {
    const rest = this.restsUntil - performance.now();
    if (rest > 0) await pause(rest);
    const outcome = await this.applyBatch();
    if (outcome.kind === 'busy') return false;
    const { applied, hidden } = outcome;
    if (applied > 0 && applied < this.batchSize)
      this.restsUntil = performance.now() + (this.options.restMs?.(applied) ?? 0);
    this.wakeUps?.looked({ found: applied > 0, hidden });
    return applied === this.batchSize;
  }

  /** One batch further, or a short wait when that cannot be now; gives the cursor then. */
  private async progress(): Promise<Cursor> {
    const outcome = await this.applyBatch();
    if (outcome.kind === 'looked' && outcome.applied > 0) return outcome.cursor;
    const cursor = await loadCursor(this.pool as Sql, this.projection.name);
    await pause(5);
    return cursor;
  }

  private async applyBatch(): Promise<BatchOutcome> {
    return this.withClient(async (client) => {
      const { locked, saved, horizon } = await this.open(client);
      if (!locked) {
        await client.query('COMMIT');
        return { kind: 'busy' };
      }
      const page = await this.applyPage(client, this.startAfter(saved));
      const cursor = page.events > 0 ? page.cursor : saved;
      await client.query(page.events > 0 ? `${saveCursorStatement(this.projection.name, cursor)}; COMMIT` : 'COMMIT');
      if (page.events < this.batchSize) this.barren = { from: cursor, to: later(cursor, horizon.upTo) };
      return { kind: 'looked', applied: page.events, cursor, hidden: horizon.hidden };
    });
  }

  private async open(client: PoolClient) {
    const name = escapeLiteral(this.projection.name);
    const results = (await client.query(`
      BEGIN;
      SET LOCAL statement_timeout = ${PAGE_WITHIN_MS};
      SELECT pg_try_advisory_xact_lock(${this.lockKey()}) AS locked;
      SELECT tx, position FROM projection_cursors WHERE name = ${name};
      ${horizonQuery.text}`)) as unknown as QueryResult[];
    const [, , lock, cursor, horizon] = results.map(({ rows }) => rows[0] as unknown);
    const { tx, position, hidden } = horizon as Cursor & { hidden: boolean };
    return {
      locked: (lock as { locked: boolean }).locked,
      saved: (cursor as Cursor | undefined) ?? BEGINNING,
      horizon: { upTo: { tx, position }, hidden },
    };
  }

  private startAfter(saved: Cursor): Cursor {
    const { from, to } = this.barren;
    return from.tx === saved.tx && from.position === saved.position ? to : saved;
  }

  /** @returns where the page ended, which is where it began if it had no events. */
  private async applyPage(client: PoolClient, after: Cursor): Promise<{ events: number; cursor: Cursor }> {
    const { projection, batchSize: limit } = this;
    if ('fold' in projection) {
      const [folded] = (await client.query<FoldedPage>(foldQuery(projection, after, limit))).rows;
      if (!folded) return { events: 0, cursor: after };
      const { tx, position, events } = folded;
      return { events, cursor: { tx, position } };
    }
    const { rows } = await client.query<StoredRow>(readAllQuery({ after, categories: projection.categories, limit }));
    const events = rows.map((row) => revive(row, this.upcasters));
    if (events.length > 0) await projection.apply(events, client as Sql);
    return { events: events.length, cursor: events.at(-1)?.cursor ?? after };
  }

  private lockKey(): string {
    return `hashtextextended(current_schema() || ' projection ' || ${escapeLiteral(this.projection.name)}, 0)`;
  }

  /** `work` begins and commits; when it throws, everything is taken back. */
  private async withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      const usable = !isUnavailable(error) && (await client.query('ROLLBACK').then(isTrue, isFalse));
      client.release(!usable);
      throw error;
    }
  }
}

const isTrue = () => true;
const isFalse = () => false;

/** One after the other, so that readers of the log are held up by one rebuild at a time. */
export async function rebuildAll(
  runners: readonly Pick<ProjectionRunner, 'rebuild'>[],
): Promise<{ events: number; durationMs: number }> {
  const began = performance.now();
  let events = 0;
  for (const runner of runners) events += (await runner.rebuild()).events;
  return { events, durationMs: performance.now() - began };
}

function later(one: Cursor, other: Cursor): Cursor {
  return isBefore(one, other) ? other : one;
}
