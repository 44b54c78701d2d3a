import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Category } from '#contracts';
import {
  LocalHints,
  migrate,
  ProjectionRunner,
  rebuildAll,
  type EventLog,
  type Projection,
  type RecordedEvent,
  type Sql,
} from '#event-store';
import { adding, newStream, noted, openWorld, patientLog, readEverything, type World } from './event-store/world.js';

/** Counts the notes of each stream: an event applied twice, or never, is seen. */
class NoteCounts implements Projection {
  readonly name: string;
  readonly tables: string[];
  constructor(
    table: string,
    readonly categories: readonly Category[] = ['task'],
  ) {
    this.name = table;
    this.tables = [table];
  }

  async apply(events: readonly RecordedEvent[], sql: Sql): Promise<void> {
    for (const { stream, version } of events)
      await sql.query(
        `INSERT INTO ${this.name} AS known VALUES ($1, 1, $2)
         ON CONFLICT (stream) DO UPDATE SET notes = known.notes + 1, version = excluded.version`,
        [stream, version],
      );
  }
}

let world: World;
let log: EventLog;
let tables = 0;

beforeAll(async () => {
  world = await openWorld(20);
  log = patientLog(world.another());
});
afterAll(() => world.close());

let table: string;
beforeEach(async () => {
  table = `note_counts_${++tables}`;
  await world.owner.query(`CREATE TABLE ${table} (stream text PRIMARY KEY, notes int, version int)`);
  await migrate({ ownerUrl: world.ownerUrl, serviceRole: world.role });
});

async function contents() {
  const { rows } = await world.pool.query(`SELECT stream, notes, version FROM ${table} ORDER BY stream`);
  return rows as object[];
}

async function freshFold(category: Category) {
  const counts = new Map<string, number>();
  for (const event of await readEverything(log))
    if (event.category === category) counts.set(event.stream, (counts.get(event.stream) ?? 0) + 1);
  const rows = [...counts].map(([stream, notes]) => ({ stream, notes, version: notes }));
  return rows.sort((one, other) => (one.stream < other.stream ? -1 : 1));
}

async function appendMany(category: Category, streams: number, notes = 3): Promise<void> {
  const each = Array.from({ length: notes }, (_, index) => noted(`${index}`));
  await Promise.all(Array.from({ length: streams }, () => log.append([adding(newStream(category), 0, ...each)])));
}

const runnerOf = (projection: Projection, more: object = {}) =>
  new ProjectionRunner({ pool: world.pool, projection, pollMs: 50, ...more });

describe('a projection', () => {
  it('equals a fold of the log, with three instances at work while events come', async () => {
    const runners = Array.from({ length: 3 }, () => runnerOf(new NoteCounts(table), { batchSize: 37 }));
    await Promise.all(runners.map((runner) => runner.start()));
    for (let round = 0; round < 5; round++) await appendMany('task', 60);
    await Promise.all(runners.map((runner) => runner.catchUp()));
    expect(await contents()).toEqual(await freshFold('task'));
    await Promise.all(runners.map((runner) => runner.stop()));
    await Promise.all(runners.map((runner) => runner.stop()));
  });

  it('is the same after a rebuild, also while events come and another instance is at work', async () => {
    const [one, other] = [runnerOf(new NoteCounts(table), { batchSize: 100 }), runnerOf(new NoteCounts(table))];
    await appendMany('task', 100);
    await one.catchUp();
    await world.pool.query(`UPDATE ${table} SET notes = 99`);
    await other.start();
    const coming = appendMany('task', 100);
    await rebuildAll([one]);
    await coming;
    await other.catchUp();
    expect(await contents()).toEqual(await freshFold('task'));
    await other.stop();
  });

  it('is seen as it was until its rebuild is done', async () => {
    await appendMany('task', 10);
    const projection = new NoteCounts(table);
    const runner = runnerOf(projection);
    await runner.catchUp();
    const before = await contents();
    const apply = projection.apply.bind(projection);
    let during: object[] = [];
    projection.apply = async (events, sql) => {
      during = await contents();
      await apply(events, sql);
    };
    await runner.rebuild();
    expect(during).toEqual(before);
    expect(await contents()).toEqual(before);
  });

  it('catches up at once on a hint, not at the next poll', async () => {
    const hints = new LocalHints();
    const hinting = patientLog(world.another(), { hints });
    const runner = runnerOf(new NoteCounts(table, ['key']), { hints, pollMs: 600_000 });
    await runner.start();
    for (let count = 1; count <= 5; count++) {
      await hinting.append([adding(newStream('key'), 0, noted('a'))]);
      await vi.waitFor(async () => expect(await contents()).toHaveLength(count), { timeout: 5_000, interval: 5 });
    }
    await runner.stop();
  });

  it('waits for whoever holds its lock', async () => {
    const projection = new NoteCounts(table, ['schedule']);
    const apply = projection.apply.bind(projection);
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const entered = new Promise<void>((resolve) => {
      projection.apply = async (events, sql) => {
        resolve();
        await held;
        await apply(events, sql);
      };
    });
    await appendMany('schedule', 2);
    const slow = runnerOf(projection).catchUp();
    await entered;
    const order: string[] = [];
    const waiting = runnerOf(new NoteCounts(table, ['schedule'])).catchUp();
    void waiting.then(() => order.push('caught up'));
    order.push('released');
    finish();
    await Promise.all([slow, waiting]);
    expect(order).toEqual(['released', 'caught up']);
    expect(await contents()).toEqual(await freshFold('schedule'));
  });

  it('takes a failed batch back, reports it and tries again', async () => {
    const projection = new NoteCounts(table, ['deployment']);
    const apply = projection.apply.bind(projection);
    let failures = 2;
    projection.apply = async (events, sql) => {
      await apply(events, sql);
      if (failures-- > 0) throw new Error('broken');
    };
    const error = vi.fn();
    const runner = runnerOf(projection, { logger: { error } });
    await appendMany('deployment', 20);
    await runner.start();
    // What is committed may be hidden for a moment by transactions elsewhere: until then the view and the fold are alike, and empty.
    await vi.waitFor(() => expect(error).toHaveBeenCalledTimes(2), { timeout: 10_000 });
    const expected = await freshFold('deployment');
    await vi.waitFor(async () => expect(await contents()).toEqual(expected), { timeout: 10_000 });
    expect(error).toHaveBeenCalledTimes(2);
    await runner.stop();
  });

  it('says how far behind it is', async () => {
    const runner = runnerOf(new NoteCounts(table, ['idempotency']));
    await appendMany('idempotency', 4, 2);
    expect(await runner.lag()).toMatchObject({ events: 8 });
    expect((await runner.lag()).ageMs).toBeGreaterThan(0);
    await runner.catchUp();
    expect(await runner.lag()).toEqual({ events: 0, ageMs: 0 });
  });

  it('misses nothing that comes after a long stretch without anything for it', async () => {
    const runner = runnerOf(new NoteCounts(table, ['run']));
    await runner.catchUp();
    await appendMany('task', 50);
    await appendMany('idempotency', 50);
    await runner.catchUp();
    await appendMany('run', 1);
    await runner.catchUp();
    expect(await contents()).toEqual(await freshFold('run'));
    expect(await contents()).toHaveLength(1);
  });

  it('waits, and skips nothing, while a transaction elsewhere is open', async () => {
    const runner = runnerOf(new NoteCounts(table, ['run']));
    const elsewhere = await world.owner.connect();
    await elsewhere.query('BEGIN; SELECT pg_current_xact_id()');
    await appendMany('run', 5);
    await expect(runner.catchUp({ withinMs: 200 })).rejects.toThrow('did not catch up');
    const stream = newStream('run');
    await elsewhere.query(
      `INSERT INTO events (category, stream, version, type, at, data, meta)
       VALUES ('run', $1, 1, 'Noted', now(), '{"type":"Noted","at":1}', '{}')`,
      [stream],
    );
    await elsewhere.query('COMMIT');
    elsewhere.release();
    await runner.catchUp();
    expect(await contents()).toEqual(await freshFold('run'));
    expect(await contents()).toContainEqual({ stream, notes: 1, version: 1 });
  });
});
