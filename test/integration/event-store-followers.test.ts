import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  LeaderLock,
  LocalHints,
  type PostgresLog,
  ReactorRunner,
  Relay,
  type EventPublisher,
  type EventText,
  type RecordedEvent,
} from '#event-store';
import { type Startable } from '#lifecycle';
import {
  adding,
  newStream,
  noted,
  openWorld,
  patientLog,
  placeOf,
  readEverything,
  type World,
} from './event-store/world.js';

let world: World;
let log: PostgresLog;
const hints = new LocalHints();
const running: Startable[] = [];

beforeEach(async () => {
  world = await openWorld();
  log = patientLog(world.another(), { hints });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  await world.close();
});

async function appendMany(streams: number): Promise<void> {
  await Promise.all(
    Array.from({ length: streams }, () => log.append([adding(newStream('run'), 0, noted('a'), noted('b'))])),
  );
}

async function reactor(handle: (event: RecordedEvent) => Promise<void>, more: object = {}): Promise<ReactorRunner> {
  const runner = new ReactorRunner({
    pool: world.pool,
    log,
    hints,
    pollMs: 50,
    reactor: { name: 'note', categories: ['run'], handle },
    ...more,
  });
  running.push(runner);
  await runner.start();
  return runner;
}

const wait = { timeout: 10_000, interval: 5 };
const everyPlace = async () => (await readEverything(log)).map(placeOf);

/** What the death of the leader's process looks like to the server. */
async function killLeader(): Promise<void> {
  const { rows } = await world.owner.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND granted AND usename = $1`,
    [world.role],
  );
  expect(rows).toHaveLength(1);
}

describe('a reactor', () => {
  it('handles every event in order, in one of two processes', async () => {
    const handled: string[][] = [[], []];
    const two = await Promise.all(handled.map((places) => reactor(async (event) => void places.push(placeOf(event)))));
    await vi.waitFor(() => expect(two.filter(({ isLeader }) => isLeader)).toHaveLength(1), wait);
    await appendMany(50);
    await vi.waitFor(() => expect(handled.flat()).toHaveLength(100), wait);
    const leader = two[0]!.isLeader ? 0 : 1;
    expect(handled[leader]).toEqual(await everyPlace());
    expect(handled[1 - leader]).toEqual([]);
  });

  it('goes on in another process where the first one stopped, without handling anything again', async () => {
    const handled: string[] = [];
    const note = async (event: RecordedEvent) => void handled.push(placeOf(event));
    const first = await reactor(note);
    await appendMany(20);
    await vi.waitFor(() => expect(handled).toHaveLength(40), wait);
    const second = await reactor(note);
    await first.stop();
    await appendMany(20);
    await vi.waitFor(() => expect(handled).toHaveLength(80), wait);
    expect(second.isLeader).toBe(true);
    expect(handled).toEqual(await everyPlace());
  });

  it('has a leader again within a second after the leader was cut off, and loses nothing', async () => {
    const handled = new Set<string>();
    const note = async (event: RecordedEvent) => void handled.add(placeOf(event));
    const two = [await reactor(note), await reactor(note)];
    const leads = () => expect(two.some(({ isLeader }) => isLeader)).toBe(true);
    for (let round = 0; round < 3; round++) {
      await vi.waitFor(leads, wait);
      const appending = appendMany(30);
      await killLeader();
      await vi.waitFor(() => expect(two.some(({ isLeader }) => isLeader)).toBe(false), wait);
      const cutOff = performance.now();
      await vi.waitFor(leads, wait);
      expect(performance.now() - cutOff).toBeLessThan(1_000);
      await appending;
    }
    await vi.waitFor(() => expect(handled.size).toBe(180), wait);
  });

  it('tries an event again until it is handled, and the others wait', async () => {
    const tried: string[] = [];
    const error = vi.fn();
    let failures = 2;
    await appendMany(2);
    await reactor(
      async (event) => {
        tried.push(placeOf(event));
        if (event.version === 2 && failures-- > 0) throw new Error('broken');
      },
      { logger: { error, info: () => undefined } },
    );
    await vi.waitFor(() => expect(tried).toHaveLength(6), wait);
    const [a, b, c, d] = await everyPlace();
    expect(tried).toEqual([a, b, b, b, c, d]);
    expect(error).toHaveBeenCalledTimes(2);
  });

  it('hands nothing on after stop, and stop waits for what is being handled', async () => {
    let finished = 0;
    const runner = await reactor(async () => {
      await pause(20);
      finished += 1;
    });
    await appendMany(10);
    await vi.waitFor(() => expect(finished).toBeGreaterThan(0), wait);
    await runner.stop();
    const atStop = finished;
    await pause(60);
    expect(finished).toBe(atStop);
    expect(finished).toBeLessThan(20);
    await runner.stop();
    await reactor(async () => void (finished += 1));
    await vi.waitFor(() => expect(finished).toBe(20), wait);
  });
});

describe('the relay', () => {
  async function relay(publisher: EventPublisher): Promise<Relay> {
    const one = new Relay({ pool: world.pool, log, hints, publisher, pollMs: 50, batchSize: 16 });
    running.push(one);
    await one.start();
    return one;
  }

  it('publishes in the order of the log, and resumes from its checkpoint', async () => {
    const published: string[] = [];
    const publisher = {
      publish: async (events: readonly EventText[]) => void published.push(...events.map(placeOf)),
    };
    const first = await relay(publisher);
    await appendMany(50);
    await vi.waitFor(() => expect(published).toHaveLength(100), wait);
    await first.stop();
    await appendMany(50);
    await relay(publisher);
    await vi.waitFor(() => expect(published).toHaveLength(200), wait);
    expect(published).toEqual(await everyPlace());
  });

  it('publishes a batch again that was not acknowledged', async () => {
    const published: string[] = [];
    let calls = 0;
    await appendMany(20);
    await relay({
      publish: async (events) => {
        published.push(...events.map(placeOf));
        if (++calls % 2 === 0) throw new Error('no acknowledgement');
      },
    });
    await vi.waitFor(() => expect(new Set(published).size).toBe(40), wait);
    expect(published.length).toBeGreaterThan(40);
    expect([...new Set(published)]).toEqual(await everyPlace());
  });
});

describe('a leader lock', () => {
  it('has one leader at a time, and another after it stops', async () => {
    const locks = Array.from({ length: 4 }, () => new LeaderLock({ pool: world.pool, name: 'post', retryMs: 10 }));
    let leaders = 0;
    let most = 0;
    let terms = 0;
    const runs = locks.map((lock) =>
      lock.run(async (signal) => {
        terms += 1;
        most = Math.max(most, ++leaders);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        leaders -= 1;
      }),
    );
    for (let round = 1; round <= 4; round++) {
      await vi.waitFor(() => expect(terms).toBe(round), wait);
      const leader = locks.find(({ isLeader }) => isLeader)!;
      await leader.stop();
      expect(leader.isLeader).toBe(false);
      locks.splice(locks.indexOf(leader), 1);
    }
    await Promise.all(runs);
    expect(most).toBe(1);
  });

  it('is asked for again when the work ends or fails', async () => {
    const lock = new LeaderLock({ pool: world.pool, name: 'post', retryMs: 10 });
    let terms = 0;
    const run = lock.run(async () => {
      terms += 1;
      if (terms % 2 === 0) throw new Error('broken');
    });
    await vi.waitFor(() => expect(terms).toBeGreaterThan(3), wait);
    await lock.stop();
    await run;
  });
});
