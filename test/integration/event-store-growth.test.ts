import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RunId, streamOf } from '#contracts';
import {
  applyRetention,
  type DomainEvent,
  migrate,
  type PostgresLog,
  ProjectionRunner,
  type RecordedEvent,
} from '#event-store';
import { RunsProjection } from '../../apps/dispatcher/projections/runs.projection.js';
import { DAY_MS, firstRunId, monthOf, partitionName, startOf } from '../../libs/event-store/growth/months.js';
import { Log } from '../../libs/event-store/migrations/0001-log.js';
import { DispatcherViews } from '../../libs/event-store/migrations/0002-dispatcher-views.js';
import { adding, openWorld, patientLog, placeOf, readEverything, type World } from './event-store/world.js';

let world: World;
let log: PostgresLog;
beforeEach(async () => {
  world = await openWorld();
  log = patientLog(world.another());
});
afterEach(() => world.close());

const NOT_ALLOWED = '42501';
const thisMonth = monthOf(Date.now());
const nameOf = (month: number) => partitionName('events_run', { from: month, to: month + 1 });

let made = 0;
function idIn(month: number): RunId {
  return `${firstRunId(month).slice(0, 13)}-7000-8000-${String(++made).padStart(12, '0')}` as RunId;
}

const accepted = (month: number) => ({
  ...{ type: 'RunAccepted', at: startOf(month), task: 'add', taskVersion: 1, queue: 'q', lane: 'q/1' },
  ...{ deploymentId: null, priority: 5, notBefore: null },
});
const succeeded = (month: number) => ({ type: 'RunSucceeded', at: startOf(month), attempt: 1, result: 1 });

async function appendRun(month: number, ...more: DomainEvent[]): Promise<RunId> {
  const runId = idIn(month);
  expect(await log.append([adding(streamOf('run', runId), 0, accepted(month), ...more)])).toBe('appended');
  return runId;
}

async function useKey(runId: RunId, at = Date.now()): Promise<string> {
  const stream = streamOf('idempotency', randomUUID());
  await log.append([adding(stream, 0, { type: 'IdempotencyKeyUsed', at, runId } as DomainEvent)]);
  return stream;
}

async function partitionOf(runId: RunId): Promise<{ log: string; view: string }> {
  const { rows } = await world.owner.query<{ log: string; view: string }>(
    `SELECT (SELECT tableoid::regclass::text FROM events WHERE stream = 'run-' || $1) AS log,
            (SELECT tableoid::regclass::text FROM runs WHERE run_id = $1::uuid) AS view`,
    [runId],
  );
  return rows[0]!;
}

/** Also what transactions elsewhere on the server hold back for a moment. */
async function everything(): Promise<RecordedEvent[]> {
  const wait = { timeout: 30_000, interval: 20 };
  return vi.waitFor(async () => {
    const events = await readEverything(log);
    const { rows } = await world.owner.query<{ events: number }>('SELECT count(*)::int AS events FROM events');
    expect(events).toHaveLength(rows[0]!.events);
    return events;
  }, wait);
}

const runsView = () => new ProjectionRunner({ pool: world.pool, projection: new RunsProjection() });

async function viewedRuns(): Promise<object[]> {
  return (await world.pool.query<object>('SELECT * FROM runs ORDER BY run_id')).rows;
}

async function unguardedTables(): Promise<string[]> {
  const { rows } = await world.owner.query<{ name: string }>(`
    SELECT relid::text AS name FROM pg_partition_tree('events') WHERE NOT EXISTS (
      SELECT FROM pg_trigger WHERE tgrelid = relid AND tgname = 'append_only' AND tgenabled = 'A')`);
  return rows.map(({ name }) => name);
}

const upToDate = (now = Date.now()) => migrate({ ownerUrl: world.ownerUrl, serviceRole: world.role, now });

async function retain(now: number, keepRunsDays = 30): Promise<string[]> {
  const said: string[] = [];
  await applyRetention({ ownerUrl: world.ownerUrl, keepRunsDays, now, say: (message) => said.push(message) });
  return said;
}

describe('runs', () => {
  it('lie in the partition of their month, in the log and in the view', async () => {
    for (const month of [thisMonth - 1, thisMonth, thisMonth + 6]) {
      const runId = await appendRun(month);
      await runsView().catchUp();
      const view = partitionName('runs', { from: month, to: month + 1 });
      expect(await partitionOf(runId)).toEqual({ log: nameOf(month), view });
    }
  });

  it('of a month without a partition are taken in all the same, and move when it gets one', async () => {
    const runId = await appendRun(thisMonth + 9);
    const other = await appendRun(thisMonth + 50);
    await runsView().catchUp();
    expect(await partitionOf(runId)).toEqual({ log: 'events_run_default', view: 'runs_default' });
    const [before, viewed] = [await everything(), await viewedRuns()];

    await upToDate(startOf(thisMonth + 10));
    expect((await partitionOf(runId)).log).toBe(nameOf(thisMonth + 9));
    expect((await partitionOf(other)).log).toBe('events_run_default');
    expect(await everything()).toEqual(before);
    expect(await viewedRuns()).toEqual(viewed);
    expect(await unguardedTables()).toEqual([]);
  });

  it('are protected from changes in every partition', async () => {
    await upToDate(startOf(thisMonth + 3));
    expect(await unguardedTables()).toEqual([]);
    const change = `UPDATE ${nameOf(thisMonth)} SET type = 'Forged'`;
    await expect(world.owner.query(change)).rejects.toMatchObject({ code: NOT_ALLOWED });
    await expect(world.pool.query(change)).rejects.toMatchObject({ code: NOT_ALLOWED });
  });
});

describe('a log from before', () => {
  /** As the first three migrations left it, in the schema of this test. */
  async function goBack(): Promise<void> {
    await world.owner.query(`
      DROP TABLE events, runs, migrations, projection_cursors, log_gaps; DROP SEQUENCE events_position;
      DROP FUNCTION append_events, refuse_change_of_events`);
    const migrations = [Log, DispatcherViews];
    const extra = { connectionString: world.ownerUrl };
    const source = new DataSource({ type: 'postgres', extra, migrations, migrationsTableName: 'migrations' });
    await source.initialize();
    await source.runMigrations();
    await source.query(`
      INSERT INTO migrations (timestamp, name) SELECT right(name, 13)::bigint, name
      FROM unnest(ARRAY['RegistryViews0000000000010', 'SchedulerViews0000000000011', 'Deployer0000000000012']) AS name`);
    await source.destroy();
    await world.owner.query(`
      GRANT SELECT, INSERT ON events TO ${world.role}; GRANT ALL ON runs, projection_cursors TO ${world.role};
      GRANT USAGE ON SEQUENCE events_position TO ${world.role};
      CREATE FUNCTION append_events(int[], text[], text[], int[], int[], text[], bigint[], smallint[], text[], text[], boolean)
        RETURNS int[] LANGUAGE sql AS 'SELECT append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)'`);
  }

  /** Without what lets this version of the code write to a log of before. */
  async function upgrade() {
    await world.owner.query(
      'DROP FUNCTION append_events(int[], text[], text[], int[], int[], text[], bigint[], smallint[], text[], text[], boolean)',
    );
    return upToDate();
  }

  it('keeps every event and every row of the view, and goes on', async () => {
    await goBack();
    const old = await appendRun(thisMonth - 20, succeeded(thisMonth - 20));
    const odd = await appendRun(thisMonth + 100);
    const key = await useKey(old);
    await log.append([adding(streamOf('task', 'add'), 0, { type: 'Noted', at: 1 })]);
    await runsView().catchUp();
    const [events, viewed] = [await everything(), await viewedRuns()];
    expect(events).toHaveLength(5);

    expect((await upgrade()).applied).toEqual(['RunsByMonth0000000000004', 'LighterAppend0000000000005']);
    expect(await everything()).toEqual(events);
    expect(await viewedRuns()).toEqual(viewed);
    const { rows } = await world.owner.query('SELECT tableoid::regclass::text AS place FROM events WHERE stream = $1', [
      streamOf('run', old),
    ]);
    expect(rows[0]).toEqual({ place: partitionName('events_run', { from: null, to: thisMonth + 1 }) });
    expect((await partitionOf(odd)).log).toBe('events_run_default');
    expect((await log.readStream(key)).map(placeOf)).toEqual([`${key}@1`]);
    expect(await unguardedTables()).toEqual([]);

    expect(await log.append([adding(streamOf('run', old), 2, succeeded(thisMonth))])).toBe('appended');
    expect(await log.append([adding(streamOf('run', old), 0, accepted(thisMonth))])).toBe('conflict');
    const view = runsView();
    await view.rebuild();
    await view.catchUp();
    expect(await viewedRuns()).toHaveLength(2);
  });

  it('loses its past at once when all of it has ended', async () => {
    await goBack();
    await appendRun(thisMonth - 20, succeeded(thisMonth - 20));
    await upgrade();
    const past = partitionName('events_run', { from: null, to: thisMonth + 1 });
    expect(await retain(startOf(thisMonth + 3))).toContain(`dropped ${past}: 2 events of 1 runs`);
    expect(await everything()).toEqual([]);
  });
});

describe('retention', () => {
  /** 30 days after the end of the month after the next. */
  const later = startOf(thisMonth + 3) + 30 * DAY_MS;

  it('drops months in which every run has ended, and keeps the others', async () => {
    const gone = [
      await appendRun(thisMonth, succeeded(thisMonth)),
      await appendRun(thisMonth + 2, succeeded(thisMonth + 2)),
    ];
    const kept = [
      await appendRun(thisMonth + 1),
      await appendRun(thisMonth + 1, succeeded(thisMonth + 1)),
      await appendRun(thisMonth + 3, succeeded(thisMonth + 3)),
    ];
    const task = adding(streamOf('task', 'add'), 0, { type: 'Noted', at: 1 });
    await log.append([task]);
    const view = runsView();
    await view.catchUp();
    const [before, viewed] = [await everything(), await viewedRuns()];

    const said = await retain(later);
    expect(said).toContain(`dropped ${nameOf(thisMonth)}: 2 events of 1 runs`);
    expect(said).toContain(`dropped ${nameOf(thisMonth + 2)}: 2 events of 1 runs`);
    expect(said).toContain(`kept ${nameOf(thisMonth + 1)}: 1 of its 2 runs have not ended`);

    const goneStreams = gone.map((runId) => streamOf('run', runId) as string);
    const left = (events: RecordedEvent[]) => events.filter(({ stream }) => !goneStreams.includes(stream));
    expect(await everything()).toEqual(left(before));
    expect(await log.readAll({ after: before[0]!.cursor, limit: 100 })).toEqual(left(before));
    expect(await log.readStreams(goneStreams)).toEqual(new Map());
    const rowsOfKept = viewed.filter((row) => kept.includes((row as { run_id: RunId }).run_id));
    expect(await viewedRuns()).toEqual(rowsOfKept);
    await view.rebuild();
    await view.catchUp();
    expect(await viewedRuns()).toEqual(rowsOfKept);
  });

  it('notes what it dropped, for services to read and not to write', async () => {
    await appendRun(thisMonth, succeeded(thisMonth));
    const [first, last] = (await everything()).map(({ cursor }) => cursor);
    await retain(later);
    const { rows } = await world.pool.query('SELECT * FROM log_gaps');
    expect(rows).toEqual([
      expect.objectContaining({
        ...{ what: nameOf(thisMonth), events: '2', streams: '1' },
        ...{ first_tx: first!.tx, last_tx: last!.tx, first_position: first!.position, last_position: last!.position },
      }),
    ]);
    for (const deed of [
      'DELETE FROM log_gaps',
      'INSERT INTO log_gaps (what) VALUES (1)',
      `DROP TABLE ${nameOf(thisMonth + 4)}`,
    ])
      await expect(world.pool.query(deed)).rejects.toMatchObject({ code: NOT_ALLOWED });
  });

  it('forgets idempotency keys with their runs, and no others', async () => {
    const gone = await useKey(await appendRun(thisMonth, succeeded(thisMonth)));
    const ofLiveRun = await useKey(await appendRun(thisMonth + 1));
    const fresh = await useKey(idIn(thisMonth), later);
    expect(await retain(later)).toContain('deleted 1 idempotency keys of runs that are gone');
    expect([...(await log.readStreams([gone, ofLiveRun, fresh])).keys()]).toEqual([ofLiveRun, fresh]);
    expect(await unguardedTables()).toEqual([]);
    const { rows } = await world.owner.query(`SELECT events FROM log_gaps WHERE what = 'events_idempotency'`);
    expect(rows).toEqual([{ events: '1' }]);
  });

  it('drops nothing that is younger than it is told, and nothing at all when told to keep everything', async () => {
    await appendRun(thisMonth, succeeded(thisMonth));
    expect(await retain(startOf(thisMonth + 1) + 30 * DAY_MS - 1)).not.toContainEqual(
      expect.stringContaining(nameOf(thisMonth)),
    );
    expect(await retain(later, 0)).toEqual([expect.stringMatching(/^made /)]);
    expect(await everything()).toHaveLength(2);
  });

  it('goes on beside those who read and add', async () => {
    for (let count = 0; count < 50; count++) await appendRun(thisMonth, succeeded(thisMonth));
    const work = { done: false };
    const appending = (async () => {
      let added = 0;
      for (; !work.done; added++) await appendRun(thisMonth + 5, succeeded(thisMonth + 5));
      return added;
    })();
    const reading = (async () => {
      while (!work.done) await readEverything(log);
    })();
    await retain(later);
    work.done = true;
    const [added] = await Promise.all([appending, reading]);
    expect(await everything()).toHaveLength(2 * added);
  });
});
