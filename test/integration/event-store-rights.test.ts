import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogUnavailable, migrate, openPool, PostgresLog, type StreamAppend } from '#event-store';
import { adding, newStream, noted, openWorld, patientLog, type World } from './event-store/world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await patientLog(world.pool).append([
    adding(newStream('run'), 0, noted('a')),
    adding(newStream('task'), 0, noted('b')),
  ]);
});
afterAll(() => world.close());

const NOT_ALLOWED = '42501';

describe('the log', () => {
  it.each([
    `UPDATE events SET type = 'Forged'`,
    `DELETE FROM events`,
    `TRUNCATE events`,
    `UPDATE events_run SET data = '{}' WHERE false`,
    `DELETE FROM events_control`,
    `TRUNCATE events_run`,
  ])('refuses %s, to the services and to the owner', async (statement) => {
    await expect(world.pool.query(statement)).rejects.toMatchObject({ code: NOT_ALLOWED });
    await expect(world.owner.query(statement)).rejects.toMatchObject({ code: NOT_ALLOWED });
  });

  it.each([
    `DROP TABLE events`,
    `ALTER TABLE events DISABLE TRIGGER append_only`,
    `SELECT setval('events_position', 1)`,
    `INSERT INTO migrations (timestamp, name) VALUES (1, 'x')`,
    `INSERT INTO events (tx, category, stream, version, type, at, data, meta) VALUES ('1', 'run', 'run-x', 1, 'X', now(), '{}', '{}')`,
  ])('does not let a service %s', async (statement) => {
    await expect(world.pool.query(statement)).rejects.toMatchObject({ code: NOT_ALLOWED });
  });

  it('lets a service write every other table', async () => {
    await world.owner.query('CREATE TABLE some_view (id int)');
    await migrate({ ownerUrl: world.ownerUrl, serviceRole: world.role });
    await world.pool.query(`INSERT INTO some_view VALUES (1); UPDATE some_view SET id = 2; DELETE FROM some_view`);
    await world.pool.query(`INSERT INTO projection_cursors (name) VALUES ('x'); DELETE FROM projection_cursors`);
  });
});

describe('migrations', () => {
  it('may be started several times at once', async () => {
    await world.owner.query('CREATE SCHEMA twice');
    const ownerUrl = world.ownerUrl.replace(/search_path%3D\w+/, 'search_path%3Dtwice');
    const all = await Promise.all(
      Array.from({ length: 4 }, () => migrate({ ownerUrl, serviceRole: world.role, say: () => undefined })),
    );
    expect(all.filter(({ applied }) => applied.length > 0)).toHaveLength(1);
    await world.owner.query('DROP SCHEMA twice CASCADE');
  });

  it('say when the role of the services does not exist', async () => {
    const said: string[] = [];
    await migrate({ ownerUrl: world.ownerUrl, serviceRole: 'nobody_here', say: (message) => said.push(message) });
    expect(said).toEqual(['there is no role nobody_here: nothing was granted to it']);
  });

  it('give up on a database that does not answer', async () => {
    const ownerUrl = 'postgres://nobody:x@127.0.0.1:1/none';
    await expect(migrate({ ownerUrl, waitMs: 300 })).rejects.toThrow('ECONNREFUSED');
  });
});

describe('when the database fails', () => {
  it('leaves no half unit, says unavailable, and works again', async () => {
    const log = new PostgresLog({ pool: world.another() });
    const calls: { unit: StreamAppend[]; answer: Promise<'appended' | 'conflict' | 'unavailable'> }[] = [];
    const until = performance.now() + 1_500;
    const killing = killBackends(until);
    while (performance.now() < until) {
      const unit = [
        adding(newStream('run'), 0, noted('a'), noted('b')),
        adding(newStream('idempotency'), 0, noted('c')),
      ];
      calls.push({ unit, answer: log.append(unit).catch(unavailable) });
      await pause(1);
    }
    expect(await killing).toBeGreaterThan(3);

    const answers = await Promise.all(calls.map(({ answer }) => answer));
    expect(new Set(answers)).toEqual(new Set(['appended', 'unavailable']));
    const written = await log.readStreams(calls.flatMap(({ unit }) => unit.map(({ stream }) => stream)));
    calls.forEach(({ unit }, index) => {
      const events = unit.map(({ stream }) => written.get(stream)?.length ?? 0);
      if (answers[index] === 'appended') expect(events).toEqual([2, 1]);
      else expect([0, 3]).toContain(events[0]! + events[1]!);
    });
    expect(await log.append([adding(newStream('run'), 0, noted('after'))])).toBe('appended');
  });

  it('says unavailable within seconds when nobody listens', async () => {
    const pool = openPool('postgres://nobody:x@127.0.0.1:1/none', { max: 2, applicationName: 'test' });
    const log = new PostgresLog({ pool });
    await expect(log.append([adding(newStream('run'), 0, noted('a'))])).rejects.toThrow(LogUnavailable);
    await expect(log.readStream('run-x')).rejects.toThrow(LogUnavailable);
    await pool.end();
  });

  it('says unavailable within about five seconds when the server hangs, also to those behind', async () => {
    const log = new PostgresLog({ pool: world.another(), lanes: 1 });
    const blocker = await world.owner.connect();
    await blocker.query('BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE');
    const began = performance.now();
    const answers = Array.from({ length: 5 }, async () => {
      const answer = await log.append([adding(newStream('run'), 0, noted('a'))]).catch(unavailable);
      return { answer, tookMs: performance.now() - began };
    });
    await pause(20);
    const late = log.append([adding(newStream('run'), 0, noted('b'))]).catch(unavailable);
    for (const { answer, tookMs } of await Promise.all(answers)) {
      expect(answer).toBe('unavailable');
      expect(tookMs).toBeLessThan(5_500);
    }
    expect(await late).toBe('unavailable');
    expect(performance.now() - began).toBeLessThan(5_500);
    await blocker.query('ROLLBACK');
    blocker.release();
    expect(await log.append([adding(newStream('run'), 0, noted('c'))])).toBe('appended');
  });

  it('lets a unit that cannot be stored fail alone', async () => {
    const log = patientLog(world.another());
    const answers = await Promise.allSettled([
      log.append([adding(newStream('run'), 0, noted('a'))]),
      log.append([adding('run-\u0000', 0, noted('b'))]),
      log.append([adding(newStream('run'), 0, noted('c'))]),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});

function unavailable(error: unknown): 'unavailable' {
  if (error instanceof LogUnavailable) return 'unavailable';
  throw error;
}

async function killBackends(until: number): Promise<number> {
  let killed = 0;
  while (performance.now() < until - 200) {
    await pause(100);
    const { rows } = await world.owner.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1`,
      [world.role],
    );
    killed += rows.length;
  }
  return killed;
}
