import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EventLog, migrate, openPool, type Projection, ProjectionRunner, type RecordedEvent } from '#event-store';
import { type Servers, startTestServers } from '../../deploy/local/index.js';
import { adding, newStream, noted, patience, patientLog, placeOf } from './event-store/world.js';

/** Events that were applied, in order. */
class Applied implements Projection {
  readonly name = 'applied';
  readonly tables = [];
  readonly categories = ['task'] as const;
  readonly places: string[] = [];

  async apply(events: readonly RecordedEvent[]): Promise<void> {
    this.places.push(...events.map(placeOf));
  }
}

let servers: Servers;
let pool: Pool;
let log: EventLog;

beforeAll(async () => {
  servers = await startTestServers();
  await migrate({ ownerUrl: servers.urls.databaseOwner });
  pool = openPool(servers.urls.database, { max: 4, applicationName: 'crash', ...patience });
  log = patientLog(pool);
}, 60_000);

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
});

/** What is taken back need not reach the disk: after a crash the numbers of these transactions are given again, to others. */
async function takeBack(transactions: number): Promise<void> {
  for (let n = 0; n < transactions; n++) await pool.query('BEGIN; SELECT pg_current_xact_id(); ROLLBACK');
}

async function keepFromDisk(): Promise<void> {
  const superuser = new Client({ connectionString: servers.urls.databaseSuperuser });
  await superuser.connect();
  await superuser.query("ALTER SYSTEM SET wal_writer_delay = '10s'");
  await superuser.query('SELECT pg_reload_conf()');
  await superuser.end();
}

async function crash(): Promise<void> {
  const { process } = servers.embedded.postgres!;
  const { pid } = process;
  // "Immediate": every process of the server ends where it stands, as in a crash; it is started again by itself.
  process.kill('SIGQUIT');
  while (process.pid === pid) await pause(10);
  await process.untilReady();
}

it('a projection misses nothing when a server that crashed gives the numbers of lost transactions again', async () => {
  const projection = new Applied();
  const runner = new ProjectionRunner({ pool, projection });
  const [before, after] = [newStream('task'), newStream('task')];
  await log.append([adding(before, 0, noted('before'))]);
  await runner.catchUp();
  await keepFromDisk();
  await takeBack(100);
  await runner.catchUp();
  await crash();

  await log.append([adding(after, 0, noted('after'))]);

  await runner.catchUp({ withinMs: 5_000 });
  expect(projection.places).toEqual([`${before}@1`, `${after}@1`]);
});
