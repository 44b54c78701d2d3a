/** The lanes on a real Redis: what workers call, what the platform calls, and what is left when either goes away. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Lane, type RunId } from '#contracts';
import { newId } from '#lifecycle';
import {
  grantLane,
  type JobToPush,
  jobIdOf,
  laneCredentials,
  laneKey,
  OUTCOME_GROUP,
  type OutcomeEntry,
  OutcomeReader,
  problemsOfServer,
  QueueClient,
  QueueConnection,
  QueueFailure,
  queuePrefix,
  revokeLane,
} from '#queue';

const SUCCEEDED = '{"kind":"succeeded","result":1,"durationMs":1}';
const INFO = '{"runtime":"python","slots":4,"running":1,"startedAt":1760000000000,"version":"1"}';
const LONG_MS = 600_000;
/** A lease that is overdue when it begins, so that no test has to wait for one to end. */
const OVERDUE_MS = -1;

const ending: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

let sharedUrl: string;
let sharedServer: PrivateRedis | undefined;
beforeAll(async () => {
  if (process.env.REDIS_URL === undefined) sharedServer = await PrivateRedis.start();
  sharedUrl = sharedServer?.url ?? (process.env.REDIS_URL as string);
});
afterAll(async () => sharedServer?.stop());

describe('waiting jobs', () => {
  it('are claimed highest priority first, then oldest first', async () => {
    const { queue, lane, worker } = await world();
    const jobs = [4, 9, 0, 4, 9].map((priority) => job({ priority }));
    await queue.enqueue(lane, jobs);

    const claimed = await worker('w').claim(5);

    expect(claimed).toEqual([1, 4, 0, 3, 2].map((n) => idOf(jobs[n])));
  });

  it('are pushed once, however often the platform pushes them', async () => {
    const { queue, lane, worker } = await world();
    const jobs = [job(), job()];

    expect(await queue.enqueue(lane, jobs)).toBe(2);
    expect(await queue.enqueue(lane, [...jobs, job()])).toBe(1);
    expect(await worker('w').claim(2)).toHaveLength(2);
    expect(await queue.enqueue(lane, jobs)).toBe(0);

    expect(await queue.depth(lane)).toMatchObject({ running: 2, waiting: [0, 0, 0, 0, 1, 0, 0, 0, 0, 0] });
  });

  it('arrive with their payload as it was pushed', async () => {
    const { queue, lane, worker } = await world();
    const pushed = job({ text: 'naïve café 🚀 "quoted"' });
    await queue.enqueue(lane, [pushed]);

    const { claimed } = await worker('w').work({ want: 1 });

    expect(JSON.parse(claimed[1] ?? '')).toEqual(pushed.payload);
  });

  it('are pushed to many lanes and in large numbers, and missed when they are not there', async () => {
    const { queue, lane } = await world();
    const other = 'other' as Lane;
    const many = Array.from({ length: 2_600 }, () => job());
    expect(
      await queue.enqueueAll([
        { lane, jobs: many },
        { lane: other, jobs: [job()] },
      ]),
    ).toBe(2_601);
    expect((await queue.lanes()).sort()).toEqual([lane, other].sort());

    const absent = Array.from({ length: 1_500 }, () => idOf(job()));
    const asked = [...absent.slice(0, 700), ...many.map(idOf), ...absent.slice(700)];

    expect(await queue.missing(lane, asked)).toEqual(absent);
    expect(await queue.depth(lane)).toMatchObject({ oldestJobId: idOf(many[0]) });
  });

  it('refuse a priority that does not exist before anything is pushed', async () => {
    const { queue, lane } = await world();
    await expect(queue.enqueue(lane, [job(), job({ priority: 10 })])).rejects.toThrow();
    expect(await queue.depth(lane)).toMatchObject({ oldestJobId: null });
  });

  it('go away when they are cancelled', async () => {
    const { queue, lane, worker } = await world();
    const waiting = job();
    await queue.enqueue(lane, [waiting]);

    expect(await queue.cancel(lane, idOf(waiting))).toBe('removed');
    expect(await queue.cancel(lane, idOf(waiting))).toBe('unknown');

    expect(await worker('w').claim(1)).toEqual([]);
    expect(await queue.missing(lane, [idOf(waiting)])).toEqual([idOf(waiting)]);
  });
});

describe('held jobs', () => {
  it('are settled and replaced in one round trip', async () => {
    const { queue, lane, worker, read } = await world();
    const [first, second] = [job(), job()];
    await queue.enqueue(lane, [first, second]);
    const w = worker('w');
    await w.claim(1);

    const { late, claimed } = await w.work({ want: 1, settle: [idOf(first)] });

    expect([late, claimed[0]]).toEqual([[], idOf(second)]);
    await w.heartbeat([idOf(second)]);
    await w.heartbeat([idOf(second)]);
    await w.work({ settle: [idOf(second)] });
    expect((await read(3)).map(brief)).toEqual([
      `succeeded ${idOf(first)}`,
      `started ${idOf(second)}`,
      `succeeded ${idOf(second)}`,
    ]);
  });

  it('are told of as started from the moment of their claim, once, and not when they have ended before', async () => {
    const { queue, lane, worker, read } = await world();
    const [quick, slow, slower, reporting] = [job(), job(), job(), job()];
    await queue.enqueue(lane, [quick, slow, slower, reporting]);
    const w = worker('w');
    await w.claim(4);
    await w.work({ settle: [idOf(quick)] });
    await delay(30);
    await w.report([idOf(reporting), '{"kind":"progressed","fraction":0.4,"message":null}']);
    await w.heartbeat([slow, slower, reporting].map(idOf));
    await w.release([idOf(slow)]);
    await w.begin(1);

    const entries = await read(5);
    expect(entries.map(brief)).toEqual([
      `succeeded ${idOf(quick)}`,
      `started ${idOf(reporting)}`,
      `progressed ${idOf(reporting)}`,
      `started ${idOf(slow)},${idOf(slower)}`,
      `started ${idOf(slow)}`,
    ]);
    const [, reportingStart, progress, start] = entries.map(({ at }) => at);
    expect(start).toBe(reportingStart);
    expect(progress! - start!).toBeGreaterThanOrEqual(29);
  });

  it('are claimed and settled by the thousand', async () => {
    const { queue, lane, worker, read } = await world();
    const jobs = Array.from({ length: 3_000 }, () => job());
    await queue.enqueue(lane, jobs);
    const w = worker('w');

    const claimed: string[] = [];
    for (let n = 0; n < 3; n++) {
      claimed.push(...(await w.claim(5_000)));
      await delay(2); // so that each has a moment of its own
    }
    expect(claimed).toEqual(jobs.map(idOf));
    expect(await w.heartbeat(claimed)).toEqual({ lost: [], cancelled: [] });
    expect((await w.work({ settle: claimed })).late).toEqual([]);

    const entries = await read(3_003);
    expect(entries.filter(({ message }) => message.kind === 'started').map(({ jobs }) => jobs.length)).toEqual([
      1_000, 1_000, 1_000,
    ]);
    await queue.acknowledge(lane, {
      entryIds: entries.map(({ entryId }) => entryId),
      endedJobIds: jobs.map(idOf),
    });
    expect(await queue.depth(lane)).toMatchObject({ running: 0, reported: 0, oldestJobId: null });
    expect(await queue.missing(lane, claimed)).toHaveLength(3_000);
    expect(await queue.retire(lane)).toBe(false); // the worker is still there
  });

  it('are settled once: the second outcome in one call is late', async () => {
    const { queue, lane, worker } = await world();
    const held = job();
    await queue.enqueue(lane, [held]);
    await worker('w').claim(1);
    expect((await worker('w').work({ settle: [idOf(held), idOf(held)] })).late).toEqual([idOf(held)]);
  });

  it('are lost when the lease runs out, and their late outcome is told as late', async () => {
    const { queue, lane, worker, read } = await world();
    const jobs = [job(), job(), job()];
    await queue.enqueue(lane, jobs);
    const [slow, other] = [worker('slow'), worker('other')];
    await slow.claim(2, OVERDUE_MS);
    await other.claim(1);

    expect((await queue.expire(lane)).lostJobIds.sort()).toEqual(jobs.slice(0, 2).map(idOf));
    expect((await queue.expire(lane)).lostJobIds).toEqual([]);
    expect(await slow.heartbeat(jobs.map(idOf))).toEqual({ lost: jobs.map(idOf), cancelled: [] });
    expect((await slow.work({ settle: [idOf(jobs[0]), idOf(jobs[2])] })).late).toEqual([idOf(jobs[0]), idOf(jobs[2])]);

    const entries = await read(3);
    expect(entries.map((entry) => [brief(entry), entry.late, entry.worker])).toEqual([
      [`lost ${idOf(jobs[0])},${idOf(jobs[1])}`, false, 'slow'],
      [`succeeded ${idOf(jobs[0])}`, true, 'slow'],
      [`succeeded ${idOf(jobs[2])}`, true, 'slow'],
    ]);
    // The rightful holder is not disturbed; what was lost stays known until the platform has decided.
    expect(await other.heartbeat([idOf(jobs[2])])).toEqual({ lost: [], cancelled: [] });
    expect(await queue.missing(lane, jobs.map(idOf))).toEqual([]);
  });

  it('are kept while heartbeats come', async () => {
    const { queue, lane, worker } = await world();
    const held = job();
    await queue.enqueue(lane, [held]);
    const w = worker('w');
    await w.claim(1, OVERDUE_MS);

    await w.heartbeat([idOf(held)]);

    expect((await queue.expire(lane)).lostJobIds).toEqual([]);
  });

  it('hear of a cancel with the next heartbeat', async () => {
    const { queue, lane, worker } = await world();
    const jobs = [job(), job()];
    await queue.enqueue(lane, jobs);
    const w = worker('w');
    await w.claim(2);

    expect(await queue.cancel(lane, idOf(jobs[1]))).toBe('signalled');

    expect(await w.heartbeat(jobs.map(idOf))).toEqual({ lost: [], cancelled: [idOf(jobs[1])] });
    await w.work({ settle: [idOf(jobs[1])] });
    expect(await queue.cancel(lane, idOf(jobs[1]))).toBe('unknown');
  });

  it('wait again with their priority when they are released, and only if the caller holds them', async () => {
    const { queue, lane, worker } = await world();
    const [urgent, normal, lazy] = [job({ priority: 9 }), job({ priority: 5 }), job({ priority: 1 })];
    await queue.enqueue(lane, [urgent, normal, lazy]);
    const w = worker('w');
    await w.claim(2);

    expect(await worker('thief').release([idOf(urgent)])).toBe(0);
    expect(await w.release([idOf(urgent), idOf(normal)])).toBe(2);

    expect(await worker('next').claim(3)).toEqual([urgent, normal, lazy].map(idOf));
  });

  it('end as cancelled when they are released with a cancel request', async () => {
    const { queue, lane, worker, read } = await world();
    const held = job();
    await queue.enqueue(lane, [held]);
    await worker('w').begin(1);
    await queue.cancel(lane, idOf(held));

    expect(await worker('w').release([idOf(held)])).toBe(1);

    expect((await read(2)).map(brief)).toEqual([`started ${idOf(held)}`, `cancelled ${idOf(held)}`]);
    expect(await worker('w').claim(1)).toEqual([]);
  });

  it('are handed back when their worker leaves', async () => {
    const { queue, lane, worker } = await world();
    const jobs = [job(), job(), job()];
    await queue.enqueue(lane, jobs);
    const [leaver, stayer] = [worker('w1'), worker('w11')];
    await leaver.heartbeat([]);
    await stayer.heartbeat([]);
    await leaver.claim(2);
    await stayer.claim(1);

    await leaver.leave();

    expect(await queue.workers(lane)).toMatchObject([{ id: 'w11', info: { runtime: 'python', slots: 4 } }]);
    expect(await stayer.claim(3)).toEqual(jobs.slice(0, 2).map(idOf));
  });

  it('report progress; reports of others are dropped', async () => {
    const { queue, lane, worker, read } = await world();
    const held = job();
    await queue.enqueue(lane, [held]);
    await worker('w').claim(1);
    const report = '{"kind":"progressed","fraction":0.4,"message":"page 4 of 10"}';

    expect(await worker('w').report([idOf(held), report, idOf(job()), report])).toBe(1);
    expect(await worker('x').report([idOf(held), report])).toBe(0);

    const [, progressed] = await read(2);
    expect(progressed).toMatchObject({ endsLease: false, late: false, message: { fraction: 0.4 } });
  });

  it('whose outcome cannot be read come back as malformed', async () => {
    const { queue, lane, worker, read } = await world();
    const jobs = [job(), job()];
    await queue.enqueue(lane, jobs);
    const w = worker('w');
    await w.claim(2);
    await w.work({ settle: [idOf(jobs[0])], outcome: 'Segmentation fault' });
    await w.work({ settle: [idOf(jobs[1])], outcome: '{"kind":"started"}' });

    expect(await read(2)).toMatchObject([
      { endsLease: true, jobs: [{ jobId: idOf(jobs[0]) }], message: { kind: 'malformed' } },
      { endsLease: true, jobs: [{ jobId: idOf(jobs[1]) }], message: { kind: 'malformed' } },
    ]);
  });

  it('do not run again from a copy that was pushed after a wipe, once the platform has seen them end', async () => {
    const { queue, lane, worker, redis, namespace } = await world();
    const [copy, withoutPayload, next] = [job(), job(), job()];
    await queue.enqueue(lane, [copy, withoutPayload, next]);

    await queue.acknowledge(lane, { entryIds: [], endedJobIds: [idOf(copy)] });
    await redis.hdel(laneKey(namespace, lane, 'jobs'), idOf(withoutPayload));

    expect([...(await worker('w').claim(1)), ...(await worker('w').claim(1))]).toEqual([idOf(next)]);
  });
});

describe('workers', () => {
  it('are forgotten when they fall silent', async () => {
    const { queue, lane, worker, redis, namespace } = await world();
    await worker('alive').heartbeat([]);
    await redis.hset(laneKey(namespace, lane, 'workers'), 'old', `{"at":1,"info":${INFO}}`, 'odd', 'nonsense');

    expect((await queue.workers(lane)).map(({ id }) => id).sort()).toEqual(['alive', 'old']);
    expect((await queue.expire(lane)).forgottenWorkers.sort()).toEqual(['odd', 'old']);
    expect((await queue.workers(lane)).map(({ id }) => id)).toEqual(['alive']);
  });

  it('wake up when a job arrives', async () => {
    const { queue, lane, worker, wakeKey } = await world();
    const waiting = open(sharedUrl).brpop(wakeKey, 20);
    const held = job();
    await queue.enqueue(lane, [held]);
    expect(await waiting).toEqual([wakeKey, '1']);
    expect(await worker('w').claim(1)).toEqual([idOf(held)]);
  });

  it('leave one token at most, and one while jobs wait', async () => {
    const { queue, lane, worker, redis, wakeKey } = await world();
    for (let n = 0; n < 3; n++) await queue.enqueue(lane, [job()]);
    expect(await redis.llen(wakeKey)).toBe(1);

    await redis.del(wakeKey);
    await worker('w').claim(1);
    expect(await redis.llen(wakeKey)).toBe(1);

    await redis.del(wakeKey);
    await worker('w').claim(2);
    expect(await redis.llen(wakeKey)).toBe(0);
  });

  it('miss no wake-up, whatever the timing', async () => {
    const { queue, lane, worker, wakeKey } = await world();
    const total = 400;
    const ran = new Map<string, number>();
    const pushedAt = new Map<string, number>();
    const done = new AbortController();

    const workers = Array.from({ length: 6 }, async (_, n) => {
      const w = worker(`w${n}`);
      const bell = open(sharedUrl);
      let settle: string[] = [];
      while (!done.signal.aborted) {
        const { claimed } = await w.work({ want: 1, settle });
        const id = claimed[0];
        settle = id === undefined ? [] : [id];
        if (id === undefined) await bell.brpop(wakeKey, 30).catch(() => undefined);
        else {
          ran.set(id, performance.now());
          await delay(Math.random() * 3);
        }
        if (ran.size === total) done.abort();
      }
      bell.disconnect();
      await w.work({ settle });
    });
    const bells = once(done.signal, 'abort').then(async () => {
      for (let n = 0; n < 12; n++) await open(sharedUrl).lpush(wakeKey, '1');
    });
    const pushers = Array.from({ length: 2 }, async () => {
      for (let n = 0; n < total / 2; n++) {
        const next = job();
        pushedAt.set(idOf(next), performance.now());
        await queue.enqueue(lane, [next]);
        await delay(Math.random() * 8);
      }
    });
    await Promise.all([...pushers, bells, ...workers]);

    const waits = [...ran].map(([id, at]) => at - (pushedAt.get(id) ?? 0));
    expect(ran.size).toBe(total);
    expect(Math.max(...waits)).toBeLessThan(2_000);
    expect(await queue.depth(lane)).toMatchObject({ running: 0, oldestJobId: null });
  });
});

describe('outcome readers', () => {
  it('share the entries: each goes to one of them', async () => {
    const { queue, lane, worker, reader } = await world();
    const readers = [reader('d1'), reader('d2')];
    const seen = readers.map(() => [] as string[]);
    const total = 300;
    const running = readers.map(async (one, n) => {
      for (let batch; (batch = await one.read(10)).length > 0;) {
        const ended = batch.filter(({ endsLease }) => endsLease).flatMap(({ jobs }) => jobs.map(({ jobId }) => jobId));
        await queue.acknowledge(lane, { entryIds: batch.map(({ entryId }) => entryId), endedJobIds: ended });
        seen[n]?.push(...ended);
      }
    });
    await queue.enqueue(
      lane,
      Array.from({ length: total }, () => job()),
    );
    const w = worker('w');
    for (let settle: string[] = [], first = true; first || settle.length > 0; first = false) {
      settle = (await w.work({ want: 3, settle })).claimed.filter((_, n) => n % 2 === 0);
    }
    await until(() => seen.flat().length >= total);
    await Promise.all(readers.map((one) => one.stop()));
    await Promise.all(running);

    expect(new Set(seen.flat()).size).toBe(total);
    expect(seen.flat()).toHaveLength(total);
    expect(Math.min(...seen.map(({ length }) => length))).toBeGreaterThan(0);
    expect(await queue.depth(lane)).toMatchObject({ reported: 0 });
  });

  it('take over what a dead one has left', async () => {
    const { queue, lane, worker, reader } = await world();
    await queue.enqueue(lane, [job(), job()]);
    await worker('w').begin(1);
    await worker('w').begin(1);
    const dead = reader('dead');
    const left = await readMany(dead, 2);
    await dead.stop();

    expect((await readMany(reader('heir'), 2)).map(brief)).toEqual(left.map(brief));
  });

  it('get back at once what they had not acknowledged when they come back under their name', async () => {
    const { queue, lane, worker, reader } = await world();
    await queue.enqueue(lane, [job()]);
    await worker('w').begin(1);
    const before = reader('same');
    const left = await before.read(10);
    await before.stop();

    const startedAt = performance.now();
    expect((await reader('same').read(10)).map(brief)).toEqual(left.map(brief));
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });

  it('hear at once from a lane that this process pushes to for the first time', async () => {
    const { queue, lane, worker, reader, redis, namespace } = await world();
    const one = reader('d');
    queue.onNewLane((fresh) => one.watch(fresh));
    await queue.enqueue(lane, [job()]);
    await worker('w').begin(1);
    expect(await one.read(1)).toMatchObject([{ lane }]);
    const next = one.read(1);
    await until(async () => String(await redis.client('LIST')).includes('cmd=xreadgroup'));

    const fresh = 'fresh/lane' as Lane;
    const startedAt = performance.now();
    await queue.enqueue(fresh, [job()]);
    await workerOn(redis, queuePrefix(namespace, fresh), 'w').begin(1);
    expect(await next).toMatchObject([{ lane: fresh, message: { kind: 'started' } }]);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('find lanes that another process pushes to', async () => {
    const { queue, lane, worker, reader } = await world();
    const next = reader('d').read(1);
    await queue.enqueue(lane, [job()]);
    await worker('w').begin(1);
    expect(await next).toMatchObject([{ lane }]);
  });

  it('stop, twice if need be, while they wait', async () => {
    const { reader } = await world();
    const one = reader('d');
    const waiting = one.read(1);
    await Promise.all([one.stop(), one.stop()]);
    expect(await waiting).toEqual([]);
    expect(await one.read(1)).toEqual([]);
  });

  it('never hand out more than was asked for', async () => {
    const { queue, reader, redis, namespace } = await world();
    const lanes = Array.from({ length: 5 }, (_, n) => `lane-${n}` as Lane);
    await queue.enqueueAll(lanes.map((lane) => ({ lane, jobs: [job(), job(), job()] })));
    for (const lane of lanes) {
      const w = workerOn(redis, queuePrefix(namespace, lane), 'w');
      for (let n = 0; n < 3; n++) await w.begin(1);
    }
    const one = reader('d');
    const counts: number[] = [];
    while (counts.reduce((sum, count) => sum + count, 0) < 15) counts.push((await one.read(4)).length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(4);
  });
});

describe('lanes', () => {
  it('are retired once nothing is left in them', async () => {
    const { queue, lane, worker, reader, redis, namespace } = await world();
    const only = job();
    await queue.enqueue(lane, [only]);
    expect(await queue.retire(lane)).toBe(false);
    expect(await queue.lanes()).toEqual([lane]);

    await worker('w').claim(1);
    await worker('w').work({ settle: [idOf(only)] });
    const one = reader('d');
    const entries = await readMany(one, 1);
    await queue.acknowledge(lane, { entryIds: entries.map(({ entryId }) => entryId), endedJobIds: [idOf(only)] });

    expect(await queue.retire(lane)).toBe(true);
    expect(await queue.lanes()).toEqual([]);
    const next = one.read(1);
    expect(await redis.keys(`${namespace}:*`)).toEqual([]);
    await queue.enqueue(lane, [job()]);
    await worker('w').begin(1);
    expect(await next).toMatchObject([{ lane }]);
  });
});

describe('the Redis user of a lane', () => {
  const secret = '00112233445566778899aabbccddeeff';

  async function grantedWorld() {
    const own = await world();
    const credentials = laneCredentials(secret, `${own.namespace}/${own.lane}` as Lane);
    await grantLane(own.connection, own.namespace, own.lane, credentials);
    await grantLane(own.connection, own.namespace, own.lane, credentials);
    ending.push(() => revokeLane(own.connection, credentials));
    const user = open(withoutUser(sharedUrl), credentials);
    return { ...own, credentials, user };
  }

  it('can do all that a worker does', async () => {
    const { queue, lane, namespace, wakeKey, user, read } = await grantedWorld();
    const w = workerOn(user, queuePrefix(namespace, lane), 'w');
    const jobs = [job(), job(), job(), job()];
    await queue.enqueue(lane, jobs);

    expect(await w.heartbeat([])).toEqual({ lost: [], cancelled: [] });
    expect(await user.brpop(wakeKey, 1)).toEqual([wakeKey, '1']);
    expect(await w.claim(3)).toHaveLength(3);
    await queue.cancel(lane, idOf(jobs[2]));
    expect(await w.heartbeat(jobs.slice(0, 3).map(idOf))).toEqual({ lost: [], cancelled: [idOf(jobs[2])] });
    expect(await w.report([idOf(jobs[0]), '{"kind":"progressed","fraction":1,"message":null}'])).toBe(1);
    expect((await w.work({ settle: [idOf(jobs[0]), idOf(jobs[3])] })).late).toEqual([idOf(jobs[3])]);
    expect(await w.release([idOf(jobs[1])])).toBe(1);
    expect(await w.leave()).toBe(1);
    expect(await user.ping()).toBe('PONG');

    expect((await read(5)).map(({ message }) => message.kind)).toEqual([
      'started',
      'progressed',
      'succeeded',
      'succeeded',
      'cancelled',
    ]);
  });

  it('can do nothing else', async () => {
    const { namespace, lane, user } = await grantedWorld();
    const [own, foreign] = [queuePrefix(namespace, lane), queuePrefix(namespace, `${lane}x`)];
    const forbidden = [
      ['FCALL', 'ts_work', '1', foreign, 'w', '1000', '1'],
      ['FCALL', 'ts_heartbeat', '1', foreign, 'w', '1000', INFO],
      ['FCALL', 'ts_acknowledge', '1', own, OUTCOME_GROUP, '1', '1-0'],
      ['FCALL', 'ts_enqueue', '1', own, idOf(job()), '1', '{}'],
      ['FCALL', 'ts_expire', '1', own, '1', '1'],
      [
        'FCALL',
        'ts_enqueue',
        '3',
        own,
        `${namespace}:lanes`,
        `${namespace}:ahead`,
        'run',
        'note',
        idOf(job()),
        '1',
        '{}',
      ],
      ['FCALL', 'ts_retire', '1', own],
      ['XADD', `${foreign}outcomes`, '*', 'jobs', 'x'],
      ['BRPOP', `${foreign}wake`, '1'],
      ['HGETALL', `${foreign}jobs`],
      ['SADD', `${namespace}:lanes`, 'x'],
      ['DEL', `${own}jobs`],
      ['XREAD', 'STREAMS', `${own}outcomes`, '0'],
      ...[['FLUSHALL'], ['FLUSHDB'], ['KEYS', '*'], ['SCAN', '0'], ['CONFIG', 'GET', '*'], ['INFO'], ['DBSIZE']],
      ...[['ACL', 'LIST'], ['ACL', 'WHOAMI'], ['CLIENT', 'LIST'], ['SHUTDOWN'], ['MONITOR']],
      ...[
        ['FUNCTION', 'FLUSH'],
        ['FUNCTION', 'LIST'],
        ['EVAL', 'return 1', '0'],
        ['SUBSCRIBE', 'x'],
        ['PUBLISH', 'x', 'y'],
      ],
      ...[
        ['SELECT', '1'],
        ['MULTI'],
        ['SWAPDB', '0', '1'],
        ['REPLICAOF', 'NO', 'ONE'],
        ['RENAME', `${own}jobs`, `${own}x`],
      ],
    ];
    for (const [command = '', ...args] of forbidden) {
      const answer = user.call(command, ...args);
      await expect(answer, [command, ...args].join(' ')).rejects.toThrow(
        /NOPERM|No permissions|can't run this command/,
      );
    }
  });

  it('is turned away once it is revoked', async () => {
    const { connection, credentials, user } = await grantedWorld();
    expect(await user.ping()).toBe('PONG');
    const closed = once(user, 'close');
    await revokeLane(connection, credentials);
    await closed;
    await expect(once(user, 'ready', { signal: AbortSignal.timeout(300) })).rejects.toThrow();
  });
});

describe('when Redis fails', () => {
  it('wiped under way, everything heals: missing jobs are pushed again, outcomes flow again', async () => {
    const { queue, lane, worker, reader, redis } = await world(await privateRedis());
    const one = reader('d');
    queue.onNewLane((fresh) => one.watch(fresh));
    expect(await queue.wasWiped()).toBe(true);
    await queue.markEpoch();
    expect(await queue.wasWiped()).toBe(false);
    const jobs = [job(), job()];
    await queue.enqueue(lane, jobs);
    await worker('w').begin(1);
    expect(await one.read(1)).toHaveLength(1);
    const next = one.read(1);

    await redis.flushall();

    expect(await queue.wasWiped()).toBe(true);
    expect((await worker('w').heartbeat([idOf(jobs[0])])).lost).toEqual([idOf(jobs[0])]);
    expect((await worker('w').work({ settle: [idOf(jobs[0])] })).late).toEqual([idOf(jobs[0])]);
    await queue.markEpoch();
    expect(await queue.missing(lane, jobs.map(idOf))).toEqual(jobs.map(idOf));
    expect(await queue.enqueue(lane, jobs)).toBe(2);
    expect(await queue.wasWiped()).toBe(false);
    expect(await next).toMatchObject([{ late: true, jobs: [{ jobId: idOf(jobs[0]) }] }]);
    expect(await worker('w').claim(2)).toEqual(jobs.map(idOf));
  });

  it('restarted empty, the functions come back by themselves and readers go on', async () => {
    const server = await privateRedis();
    const { queue, lane, worker, reader } = await world(server);
    const one = reader('d');
    await queue.markEpoch();
    await queue.enqueue(lane, [job()]);
    await worker('w').begin(1);
    expect(await one.read(1)).toHaveLength(1);
    const next = one.read(1);

    await server.restart();

    const again = job();
    await until(() =>
      worker('w')
        .heartbeat([])
        .then(
          () => true,
          () => false,
        ),
    );
    expect(await queue.wasWiped()).toBe(true);
    await queue.enqueue(lane, [again]);
    expect(await worker('w').begin(1)).toEqual([idOf(again)]);
    expect((await next).map(brief)).toEqual([`started ${idOf(again)}`]);
  });

  it('gone, calls fail with a name for it and a waiting reader stays', async () => {
    const server = await privateRedis();
    const { queue, lane, reader } = await world(server);
    const one = reader('d');
    await queue.enqueue(lane, [job()]);
    const waiting = one.read(1);

    await server.stop();

    await expect(queue.depth(lane)).rejects.toThrow(QueueFailure);
    await expect(queue.enqueue(lane, [job()])).rejects.toThrow(QueueFailure);
    await one.stop();
    expect(await waiting).toEqual([]);
  });

  it('frozen, calls give up after three seconds and work again afterwards', async () => {
    const server = await privateRedis();
    const { queue, lane, worker, reader } = await world(server);
    const one = reader('d');
    await queue.enqueue(lane, [job()]);
    const next = one.read(1);

    server.signal('SIGSTOP');
    const startedAt = performance.now();
    await expect(queue.depth(lane)).rejects.toThrow(QueueFailure);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    await delay(3_000); // until the sockets are given up too
    server.signal('SIGCONT');

    await until(() =>
      queue.depth(lane).then(
        () => true,
        () => false,
      ),
    );
    await until(() =>
      worker('w')
        .begin(1)
        .then(
          () => true,
          () => false,
        ),
    );
    expect(await next).toMatchObject([{ message: { kind: 'started' } }]);
  });

  it('full, pushing is refused as such while workers still drain', async () => {
    const { connection, queue, lane, worker, redis } = await world(await privateRedis());
    const held = job();
    await queue.enqueue(lane, [held, job()]);
    await worker('w').claim(1);

    await redis.config('SET', 'maxmemory', '1');

    const refusal: unknown = await queue.enqueue(lane, [job()]).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(QueueFailure);
    expect(refusal).toMatchObject({ isOutOfMemory: true });
    expect((await worker('w').work({ settle: [idOf(held)], want: 1 })).claimed).toHaveLength(2);
    await queue.expire(lane);

    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await problemsOfServer(connection)).toEqual([expect.stringContaining('noeviction')]);
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    expect(await problemsOfServer(connection)).toEqual([]);
  });

  it('with another version of the functions, the newer one stays', async () => {
    const { connection, redis } = await world(await privateRedis());
    const library = async () => JSON.stringify(await redis.call('FUNCTION', 'LIST', 'WITHCODE'));
    const code = (line: string) =>
      `#!lua name=tasksmith\n-- tasksmith library ${line}\nredis.register_function('ts_x', function() return 1 end)`;

    await redis.call('FUNCTION', 'LOAD', 'REPLACE', code('1 0000000000000000'));
    await Promise.all([connection.ready(), connection.ready()]);
    expect(await library()).toContain('ts_work');

    await redis.call('FUNCTION', 'LOAD', 'REPLACE', code('1000 0000000000000000'));
    await connection.ready();
    expect(await library()).not.toContain('ts_work');
  });
});

describe('whatever happens in whatever order', () => {
  it('a job is waiting, or held, or reported, or gone: exactly one of them', async () => {
    const worlds = await world();
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('push' as const), jobs: fc.array(fc.nat(11), { maxLength: 4 }) }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('work' as const),
          worker: fc.nat(2),
          want: fc.nat(3),
          overdue: fc.boolean(),
          jobs: fc.array(fc.nat(11), { maxLength: 3 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constantFrom('heartbeat' as const, 'release' as const, 'report' as const, 'leave' as const),
          worker: fc.nat(2),
          jobs: fc.array(fc.nat(11), { maxLength: 3 }),
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('expire' as const, 'acknowledge' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), job: fc.nat(11) }) },
    );
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const lane = `property/${round++}` as Lane;
        const jobs = Array.from({ length: 12 }, (_, n) => job({ priority: n % 10 }));
        const ids = jobs.map(idOf);
        const prefix = queuePrefix(worlds.namespace, lane);
        const workers = ['w', 'w1', '1w'].map((id) => workerOn(worlds.redis, prefix, id));
        for (const step of steps) {
          await carryOut(step);
          await checkBooks();
        }

        async function carryOut(next: (typeof steps)[number]): Promise<unknown> {
          switch (next.do) {
            case 'push':
              return worlds.queue.enqueue(
                lane,
                next.jobs.map((n) => jobs[n] as JobToPush),
              );
            case 'work':
              return workers[next.worker]?.work({
                want: next.want,
                leaseMs: next.overdue ? OVERDUE_MS : LONG_MS,
                settle: next.jobs.map((n) => ids[n] ?? ''),
              });
            case 'heartbeat':
            case 'release':
              return workers[next.worker]?.[next.do](next.jobs.map((n) => ids[n] ?? ''));
            case 'report':
              return workers[next.worker]?.report(next.jobs.flatMap((n) => [ids[n] ?? '', '{}']));
            case 'leave':
              return workers[next.worker]?.leave();
            case 'expire':
              return worlds.queue.expire(lane);
            case 'acknowledge': {
              const entries = await entriesOf(worlds.redis, prefix);
              return worlds.queue.acknowledge(lane, {
                entryIds: entries.map(({ id }) => id),
                endedJobIds: entries.flatMap((entry) => (endsAttempt(entry) ? entry.jobs : [])),
              });
            }
            case 'cancel':
              return worlds.queue.cancel(lane, ids[next.job] ?? '');
          }
        }

        async function checkBooks(): Promise<void> {
          const { redis } = worlds;
          const [known, ready, leases, holders, untold, cancelled, tokens, entries] = await Promise.all([
            redis.hkeys(`${prefix}jobs`),
            redis.zrange(`${prefix}ready`, '0', '-1'),
            redis.zrange(`${prefix}leases`, '0', '-1'),
            redis.hkeys(`${prefix}holders`),
            redis.hkeys(`${prefix}untold`),
            redis.smembers(`${prefix}cancelled`),
            redis.llen(`${prefix}wake`),
            entriesOf(redis, prefix),
          ]);
          const reported = entries.filter(endsAttempt).flatMap((entry) => entry.jobs);
          expect([...ready, ...leases, ...reported].sort()).toEqual(known.sort());
          expect(holders.sort()).toEqual(leases.sort());
          expect(leases).toEqual(expect.arrayContaining(untold));
          expect(leases).toEqual(expect.arrayContaining(cancelled));
          expect(tokens).toBeLessThanOrEqual(1);
          if (ready.length > 0) expect(tokens).toBe(1);
        }
      }),
      { numRuns: 100 },
    );
  });
});

interface StoredEntry {
  id: string;
  jobs: string[];
  fields: Record<string, string>;
}

async function entriesOf(redis: Redis, prefix: string): Promise<StoredEntry[]> {
  const entries = await redis.xrange(`${prefix}outcomes`, '-', '+');
  return entries.map(([id, flat]) => {
    const fields = Object.fromEntries(
      flat.flatMap((name, n) => (n % 2 === 0 ? [[name, flat[n + 1] ?? '']] : [])),
    ) as Record<string, string>;
    const own = Object.keys(fields).filter((name) => /\.\d+$/.test(name));
    return { id, jobs: fields.jobs?.split(',') ?? own, fields };
  });
}

function endsAttempt({ fields }: StoredEntry): boolean {
  return fields.ends === '1' && fields.late !== '1';
}

/** A lane of its own, in a namespace of its own. */
async function world(server?: PrivateRedis) {
  const url = server?.url ?? sharedUrl;
  const namespace = `test-${randomBytes(6).toString('hex')}`;
  const lane = 'default/0192f0c1' as Lane;
  const connection = new QueueConnection({ url, onError: () => undefined });
  const redis = open(url);
  await connection.ready();
  ending.push(async () => {
    const keys = await redis.keys(`${namespace}:*`).catch(() => []);
    if (keys.length > 0) await redis.del(keys);
    connection.close();
  });
  const reader = (consumer: string) => {
    const made = new OutcomeReader({ connection, namespace, consumer, onError: () => undefined });
    ending.push(() => made.stop());
    return made;
  };
  return {
    namespace,
    lane,
    connection,
    redis,
    queue: new QueueClient(connection, namespace),
    wakeKey: laneKey(namespace, lane, 'wake'),
    worker: (id: string) => workerOn(redis, queuePrefix(namespace, lane), id),
    reader,
    /** What a reader of its own gets, until there are so many. */
    read: (count: number) => readMany(reader('test'), count),
  };
}

async function readMany(reader: OutcomeReader, count: number): Promise<OutcomeEntry[]> {
  const entries: OutcomeEntry[] = [];
  while (entries.length < count) {
    const more = await reader.read(count - entries.length);
    if (more.length === 0) throw new Error(`the reader was stopped with ${entries.length} of ${count} entries`);
    entries.push(...more);
  }
  return entries;
}

/** A worker by the protocol page, as far as Redis sees it. */
function workerOn(redis: Redis, prefix: string, id: string) {
  const on = (name: string, ...args: (string | number)[]) => call(redis, name, prefix, id, ...args);
  async function work({ want = 0, leaseMs = LONG_MS, settle = [] as string[], outcome = SUCCEEDED }) {
    const answer = await on('ts_work', leaseMs, want, ...settle.flatMap((jobId) => [jobId, outcome]));
    const [late, claimed] = answer as [string[], string[]];
    return { late, claimed };
  }
  const claim = async (want: number, leaseMs = LONG_MS) =>
    (await work({ want, leaseMs })).claimed.filter((_, n) => n % 2 === 0);
  const heartbeat = async (jobIds: string[]) => {
    const [lost, cancelled] = (await on('ts_heartbeat', LONG_MS, INFO, ...jobIds)) as [string[], string[]];
    return { lost, cancelled };
  };
  return {
    work,
    claim,
    heartbeat,
    /** Claims, and tells by a heartbeat that the jobs have started. */
    begin: async (want: number) => {
      const claimed = await claim(want);
      await heartbeat(claimed);
      return claimed;
    },
    report: (pairs: string[]) => on('ts_report', ...pairs),
    release: (jobIds: string[]) => on('ts_release', ...jobIds),
    leave: () => on('ts_leave'),
  };
}

function call(redis: Redis, name: string, prefix: string, ...args: (string | number)[]): Promise<unknown> {
  return redis.call('FCALL', name, 1, prefix, ...args);
}

function open(url: string, credentials: { username?: string; password?: string } = {}): Redis {
  const options = { protocol: 2, enableReadyCheck: false, disableClientInfo: true, retryStrategy: () => 50 } as const;
  const redis = new Redis(url, { ...options, ...credentials });
  redis.on('error', () => undefined);
  ending.push(() => redis.disconnect());
  return redis;
}

/** ioredis prefers the user in the address to the one in the options. */
function withoutUser(url: string): string {
  return Object.assign(new URL(url), { username: '', password: '' }).href;
}

function job({ priority = 4, text = '' } = {}): JobToPush {
  const limits = { softLimitMs: 300_000, hardLimitMs: 600_000 };
  const run = newId() as RunId;
  return { priority, payload: { v: 1, run, attempt: 1, task: 't', arguments: { text }, ...limits, traceparent: null } };
}

function idOf(pushed: JobToPush | undefined): string {
  if (pushed === undefined) throw new Error('no such job');
  return jobIdOf(pushed.payload);
}

function brief({ message, jobs }: OutcomeEntry): string {
  return `${message.kind} ${jobs.map(({ jobId }) => jobId).join(',')}`;
}

async function until(check: () => boolean | Promise<boolean>, deadlineMs = 20_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`nothing within ${deadlineMs} ms: ${check}`);
    await delay(5);
  }
}

async function privateRedis(): Promise<PrivateRedis> {
  const server = await PrivateRedis.start();
  ending.push(() => server.stop());
  return server;
}

/** A server for what nobody else should notice: wipes, freezes, restarts. */
class PrivateRedis {
  private child: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  static async start(): Promise<PrivateRedis> {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as { port: number };
    probe.close();
    const server = new PrivateRedis(port);
    await server.launch();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    this.child = undefined;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.launch();
  }

  private async launch(): Promise<void> {
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const chunk of this.child.stdout ?? []) if (String(chunk).includes('Ready to accept')) return;
    throw new Error(`redis-server did not start on port ${this.port}`);
  }
}
