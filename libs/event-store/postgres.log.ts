/** The log in Postgres. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Pool, type PoolClient, type QueryResultRow } from 'pg';
import { type Category } from '#contracts';
import { toArrays, type Row } from './append-arrays.js';
import { asMembers, MAX_BATCH_BYTES, memberOf, type Unit, type Units } from './append-units.js';
import { isCollision, isUnavailable } from './database-errors.js';
import { type DomainEvent } from './decider.js';
import { GroupCommit } from './group-commit.js';
import { CoalescedAnnouncements, type AppendHints } from './hints.js';
import {
  LogUnavailable,
  type AppendAnswer,
  type Cursor,
  type EventLog,
  type EventText,
  type LogHorizon,
  type ReadFrom,
  type RecordedEvent,
  type StreamAppend,
} from './log.js';
import { horizonQuery, readAllQuery, streamColumns, type StoredRow } from './read-queries.js';
import {
  type CommitText,
  eventsOf,
  eventTexts,
  readCommitsQuery,
  readStreamsQuery,
  type StreamText,
} from './read-text.js';
import { revive } from './revive.js';
import { assertSound, categoryOfStream, followsInUnit } from './streams.js';
import { upcasters as ownUpcasters, type Upcasters } from './upcasters.js';

export interface PostgresLogOptions {
  pool: Pool;
  hints?: Pick<AppendHints, 'announce'>;
  upcasters?: Upcasters;
  /** Batches on the way at once. Default 2: the second is prepared and sent while the first waits for the disk. */
  lanes?: number;
  /** Default 1,000 units or 4 MB, whichever comes first. */
  maxBatchUnits?: number;
  /** How long a commit may take; who waits for it is refused then, and does not know whether it was made. Default 3,000. */
  appendTimeoutMs?: number;
}

interface LogQuery {
  text: string;
  values?: unknown[];
  name?: string;
  query_timeout?: number;
}

const MAX_WAITING_UNITS = 100_000;
const PATIENCE_MS = 1_000;
/** With the two seconds that the pool waits for a connection: five in all. */
const APPEND_TIMEOUT_MS = 3_000;
const MAX_COLLISIONS = 20;

const APPEND = {
  name: 'append_events',
  text: 'SELECT append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS refused',
};

export class PostgresLog implements EventLog, LogHorizon {
  private readonly pool: Pool;
  private readonly upcasters: Upcasters;
  private readonly maxBatchUnits: number;
  private readonly appendTimeoutMs: number;
  private readonly commits: GroupCommit<Units, AppendAnswer[]>;
  private readonly announcements: CoalescedAnnouncements | undefined;

  constructor(options: PostgresLogOptions) {
    const { pool, hints, upcasters = ownUpcasters, lanes = 2, maxBatchUnits = 1_000 } = options;
    this.pool = pool;
    this.upcasters = upcasters;
    this.appendTimeoutMs = options.appendTimeoutMs ?? APPEND_TIMEOUT_MS;
    this.announcements = hints && new CoalescedAnnouncements(hints);
    this.commits = new GroupCommit<Units, AppendAnswer[]>({
      commit: (members) => this.commit(members),
      lanes,
      maxSize: maxBatchUnits,
      maxBytes: MAX_BATCH_BYTES,
      patienceMs: PATIENCE_MS,
      maxWaitingSize: MAX_WAITING_UNITS,
    });
    this.maxBatchUnits = maxBatchUnits;
  }

  async append(unit: readonly StreamAppend[]): Promise<AppendAnswer> {
    const [answer = 'appended'] = unit.length === 0 ? [] : await this.appendAll([unit]);
    return answer;
  }

  async appendAll(units: readonly (readonly StreamAppend[])[]): Promise<AppendAnswer[]> {
    units.forEach(assertSound);
    const members = asMembers(
      units.map((unit) => this.prepare(unit)),
      this.maxBatchUnits,
    );
    const answers = await Promise.all(members.map((member) => this.commits.add(member)));
    return answers.flat();
  }

  async readStream(stream: string): Promise<RecordedEvent[]> {
    const category = categoryOfStream(stream);
    if (!category) return [];
    const rows = await this.read<StoredRow>({
      name: 'read_stream',
      text: `SELECT ${streamColumns} FROM events WHERE category = $1 AND stream = $2 ORDER BY version`,
      values: [category, stream],
    });
    return rows.map((row) => this.revive(row));
  }

  async readStreams(streams: readonly string[]): Promise<Map<string, DomainEvent[]>> {
    const known = streams.filter((stream) => categoryOfStream(stream));
    if (known.length === 0) return new Map();
    const found = await this.read<StreamText>(readStreamsQuery(known));
    return new Map(found.map(({ stream, events }) => [stream, eventsOf(events, this.upcasters)]));
  }

  async readAll(from: ReadFrom): Promise<RecordedEvent[]> {
    if (from.categories?.length === 0) return [];
    const rows = await this.read<StoredRow>(readAllQuery(from));
    return rows.map((row) => this.revive(row));
  }

  async readAllText(from: ReadFrom): Promise<EventText[]> {
    if (from.categories?.length === 0) return [];
    return eventTexts(await this.read<CommitText>(readCommitsQuery(from)), this.upcasters);
  }

  async horizon(): Promise<{ upTo: Cursor; hidden: boolean }> {
    const [row] = await this.read<Cursor & { hidden: boolean }>(horizonQuery);
    const { tx, position, hidden } = row!;
    return { upTo: { tx, position }, hidden };
  }

  private revive(row: StoredRow): RecordedEvent {
    return revive(row, this.upcasters);
  }

  private prepare(unit: readonly StreamAppend[]): Unit {
    const rows: Row[] = [];
    let bytes = 0;
    for (let place = 0; place < unit.length; place++) {
      const { category, stream, expectedVersion, events, meta } = unit[place]!;
      const isFirst = !followsInUnit(unit, place);
      if (events.length === 0) rows.push({ ...unwritten, category, stream, expected: expectedVersion });
      const metaText = JSON.stringify(meta);
      for (let index = 0; index < events.length; index++) {
        const event = events[index]!;
        const data = JSON.stringify(event);
        bytes += data.length + metaText.length;
        rows.push({
          category,
          stream,
          expected: isFirst && index === 0 ? expectedVersion : null,
          version: expectedVersion + 1 + index,
          type: event.type,
          at: event.at,
          schema: this.upcasters.newest(event.type),
          data,
          meta: metaText,
        });
      }
    }
    return { streams: unit.map(({ stream }) => stream), rows, bytes };
  }

  private async commit(members: readonly Units[]): Promise<(AppendAnswer[] | Error)[]> {
    const units = members.flatMap((member) => member.units);
    try {
      const refused = new Set(await this.write(units));
      this.announce(units.filter((_, index) => !refused.has(index)));
      let first = 0;
      return members.map(({ size }) => {
        const answers = Array.from({ length: size }, (_, n) => (refused.has(first + n) ? 'conflict' : 'appended'));
        first += size;
        return answers as AppendAnswer[];
      });
    } catch (error) {
      if (isUnavailable(error)) throw new LogUnavailable('appending to the log failed', { cause: error });
      if (units.length === 1) return [error as Error];
      return this.commitEach(members);
    }
  }

  /** One unit is wrong, e.g. holds a name that Postgres cannot: the others of its batch do not suffer for it. */
  private async commitEach(members: readonly Units[]): Promise<(AppendAnswer[] | Error)[]> {
    const answers: (AppendAnswer[] | Error)[] = [];
    for (const { units } of members) {
      const ofMember: (AppendAnswer[] | Error)[] = [];
      for (const unit of units) ofMember.push((await this.commit([memberOf([unit])]))[0]!);
      answers.push(ofMember.find((answer) => answer instanceof Error) ?? (ofMember as AppendAnswer[][]).flat());
    }
    return answers;
  }

  /** Gives the indexes of the units that met a conflict. */
  private async write(units: readonly Unit[]): Promise<number[]> {
    const rows = units.flatMap((unit) => unit.rows);
    const arrays = toArrays(
      rows,
      units.flatMap((unit, index) => unit.rows.map(() => index)),
    );
    const onlyChecks = rows.some(({ type }) => type === null);
    for (let collisions = 0; ; collisions++) {
      try {
        // The first time the unique index may look for conflicts; it cannot say whose they are.
        const values = [...arrays, onlyChecks || collisions > 0];
        const [row] = await this.query<{ refused: number[] }>({
          ...APPEND,
          values,
          query_timeout: this.appendTimeoutMs,
        });
        return row!.refused;
      } catch (error) {
        if (!isCollision(error) || collisions === MAX_COLLISIONS) throw error;
        await pause(Math.random() * collisions);
      }
    }
  }

  private announce(units: readonly Unit[]): void {
    if (!this.announcements) return;
    const written = new Set<Category>();
    for (const { rows } of units) for (const { type, category } of rows) if (type !== null) written.add(category);
    if (written.size > 0) this.announcements.announce(written);
  }

  private async read<R extends QueryResultRow>(query: LogQuery) {
    try {
      return await this.query<R>(query);
    } catch (error) {
      throw isUnavailable(error) ? new LogUnavailable('reading the log failed', { cause: error }) : error;
    }
  }

  /** A connection whose query did not end with an answer of the server is closed, not used again. */
  private async query<R extends QueryResultRow>(query: LogQuery) {
    const client: PoolClient = await this.pool.connect();
    try {
      const { rows } = await client.query<R>(query);
      client.release();
      return rows;
    } catch (error) {
      client.release(isUnavailable(error));
      throw error;
    }
  }
}

const unwritten = { version: null, type: null, at: null, schema: null, data: null, meta: null };
