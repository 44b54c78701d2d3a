import { setTimeout as pause } from 'node:timers/promises';
import { type Pool, type PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Category } from '#contracts';
import { BEGINNING, type EventLog } from '#event-store';
import { readAllQuery } from '../../libs/event-store/read-queries.js';
import { adding, newStream, noted, openWorld, patientLog, placeOf, type World } from './event-store/world.js';

const WRITERS = 32;
const TRANSACTIONS_EACH = 25;
const EVENTS_EACH = 3;

describe('reading the log in order while others write', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(WRITERS);
  });
  afterAll(() => world.close());

  it('skips and doubles nothing with 32 slow writers, where a reader by position alone skips', async () => {
    const log = patientLog(world.another());
    const expected = WRITERS * TRANSACTIONS_EACH * EVENTS_EACH;
    const writing = { done: false };
    const writers = Promise.all(Array.from({ length: WRITERS }, () => writeSlowly(world.pool, TRANSACTIONS_EACH)));
    const quick = appendSteadily(log, writing);
    const careful = readToTheEnd(log, async () => writing.done && expected + (await quick));
    const naive = readByPosition(world.another(), writing);
    await writers;
    writing.done = true;

    const total = expected + (await quick);
    const read = await careful;
    expect(read).toHaveLength(total);
    expect(new Set(read).size).toBe(total);
    expect(new Set(await naive).size).toBeLessThan(total);
  });
});

describe('two processes that write the same streams', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  it('give each version to exactly one of them, in batches that meet in any order', async () => {
    const logs = [patientLog(world.another()), patientLog(world.another())];
    const streams = Array.from({ length: 40 }, () => newStream('run'));
    for (let version = 0; version < 10; version++) {
      const answers = await Promise.all(
        logs.map((log, index) => {
          const inOrder = index === 0 ? streams : streams.toReversed();
          return Promise.all(inOrder.map((stream) => log.append([adding(stream, version, noted(`${index}`))])));
        }),
      );
      const [one, other] = [answers[0]!, answers[1]!.toReversed()];
      one.forEach((answer, index) => expect([answer, other[index]].sort()).toEqual(['appended', 'conflict']));
    }
    for (const stream of streams)
      expect((await logs[0]!.readStream(stream)).map(({ version }) => version)).toEqual([
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
      ]);
  });
});

/** Each transaction has its id and its positions a while before it commits. */
async function writeSlowly(pool: Pool, transactions: number): Promise<void> {
  const client = await pool.connect();
  try {
    for (let count = 0; count < transactions; count++) {
      await client.query('BEGIN');
      await client.query('SELECT pg_current_xact_id()');
      await insert(client, newStream(count % 2 === 0 ? 'run' : 'task'));
      await pause(Math.random() * 30);
      await client.query('COMMIT');
    }
  } finally {
    client.release();
  }
}

async function insert(client: PoolClient, stream: string): Promise<void> {
  await client.query(
    `INSERT INTO events (category, stream, version, type, at, data, meta)
     SELECT $1, $2, version, 'Noted', now(), '{"type":"Noted","at":1}', '{}' FROM generate_series(1, $3) AS version`,
    [stream.slice(0, stream.indexOf('-')), stream, EVENTS_EACH],
  );
}

async function appendSteadily(log: EventLog, writing: { done: boolean }): Promise<number> {
  let appended = 0;
  while (!writing.done) {
    await log.append([adding(newStream('run'), 0, noted('quick'))]);
    appended += 1;
  }
  return appended;
}

async function readToTheEnd(log: EventLog, total: () => Promise<number | false>): Promise<string[]> {
  const read: string[] = [];
  const deadline = performance.now() + 30_000;
  for (let after = BEGINNING; performance.now() < deadline;) {
    const events = await log.readAll({ after, limit: 50 });
    after = events.at(-1)?.cursor ?? after;
    read.push(...events.map(placeOf));
    if (events.length === 0 && read.length >= ((await total()) || Infinity)) break;
  }
  return read;
}

async function readByPosition(pool: Pool, writing: { done: boolean }): Promise<string[]> {
  const read: string[] = [];
  for (let position = '0'; ;) {
    const wasDone = writing.done;
    const { rows } = await pool.query<{ stream: string; version: number; position: string }>(
      'SELECT stream, version, position FROM events WHERE position > $1 ORDER BY position LIMIT 50',
      [position],
    );
    position = rows.at(-1)?.position ?? position;
    read.push(...rows.map(placeOf));
    if (wasDone && rows.length === 0) return read;
  }
}

describe('the plan of a read', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
    await fill(world.owner, 'run', 100_000);
    await fill(world.owner, 'task', 60_000);
  });
  afterAll(() => world.close());

  it.each([
    [['run'], ['events_control']],
    [['run', 'idempotency'], ['events_control']],
    [['task', 'deployment', 'schedule'], ['events_run']],
    [['run', 'task'], []],
    [undefined, []],
  ] as const)('for %s walks along indexes of the partitions it needs', async (categories, spared) => {
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      const middle = await planOf(world.owner, { categories, mode, position: 70_000 });
      expect(middle).toContain('Index Scan');
      expect(middle).not.toMatch(/Seq Scan|Bitmap|-> +Sort/);
      for (const partition of spared) expect(middle).not.toContain(partition);
    }
  });
});

async function fill(pool: Pool, category: string, events: number): Promise<void> {
  await pool.query(`
    INSERT INTO events (category, stream, version, type, at, data, meta)
    SELECT '${category}', '${category}-' || (n / 4), 1 + n % 4, 'Noted', now(), '{"type":"Noted","at":1}', '{}'
    FROM generate_series(0, ${events - 1}) AS n;
    ANALYZE events`);
}

async function planOf(
  pool: Pool,
  { categories, mode, position }: { categories: readonly Category[] | undefined; mode: string; position: number },
): Promise<string> {
  const { text } = readAllQuery({ after: BEGINNING, limit: 2_000, ...(categories && { categories }) });
  const client = await pool.connect();
  try {
    await client.query(`SET plan_cache_mode = ${mode}`);
    const { rows: last } = await client.query<{ tx: string }>('SELECT max(tx) AS tx FROM events_run');
    await client.query(`PREPARE reading AS ${text}`);
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN (ANALYZE, TIMING OFF) EXECUTE reading ('${last[0]!.tx}', '${position}')`,
    );
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  } finally {
    await client.query('DEALLOCATE ALL; RESET plan_cache_mode');
    client.release();
  }
}
