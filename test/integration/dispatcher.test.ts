/** The dispatcher with real servers and a real Python worker. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  AcceptRuns,
  CancelRun,
  GetLaneLoad,
  GetRun,
  GetRunEvents,
  type InputOf,
  ListRuns,
  type RunId,
} from '#contracts';
import { newId } from '#lifecycle';
import { acceptance, DispatcherWorld, requestFor } from './dispatcher.fixture.js';

let world: DispatcherWorld;

beforeAll(async () => {
  world = await DispatcherWorld.start();
});

afterAll(() => world?.close());

describe('the dispatcher', () => {
  it('runs a task and keeps its history', async () => {
    const runId = await world.submit();
    expect(await world.finished(runId)).toMatchObject({ status: 'succeeded', result: 3, attempt: 1 });
    const { events } = await world.ask(GetRunEvents, { runId });
    expect(events.map(({ type, version }) => [version, type])).toEqual([
      [1, 'RunAccepted'],
      [2, 'RunStarted'],
      [3, 'RunSucceeded'],
    ]);
  });

  it('finishes a thousand runs that come at once', async () => {
    const runs = Array.from({ length: 1_000 }, (_, n) => acceptance({ arguments: { a: n, b: 1 } }));
    const { answers } = await world.ask(AcceptRuns, requestFor(runs));
    const runIds = answers.map((answer) => ('runId' in answer ? answer.runId : ('' as RunId)));
    const results: unknown[] = [];
    // A thousand questions at once are more than the pool of connections takes.
    for (let first = 0; first < runIds.length; first += 50) {
      const some = await Promise.all(runIds.slice(first, first + 50).map((runId) => world.finished(runId, 50_000)));
      results.push(...some.map(({ result }) => result));
    }
    expect(results).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1));
  });

  it('tries again after an error, and dead-letters what keeps failing', async () => {
    const backoff = { kind: 'fixed', delayMs: 50 } as const;
    const mends = await world.submit({
      task: 'fail_until',
      arguments: { attempt: 3 },
      policies: { maxAttempts: 3, backoff },
    });
    expect(await world.finished(mends)).toMatchObject({ status: 'succeeded', result: 3, attempt: 3 });
    const never = await world.submit({
      task: 'fail_until',
      arguments: { attempt: 9 },
      policies: { maxAttempts: 2, backoff },
    });
    expect(await world.finished(never)).toMatchObject({
      status: 'dead-lettered',
      error: { type: 'ValueError', message: 'not yet' },
    });
  });

  it('holds a delayed run back until its time', async () => {
    const notBefore = Date.now() + 1_000;
    const run = await world.finished(await world.submit({ notBefore }));
    expect(run.startedAt).toBeGreaterThanOrEqual(notBefore);
    expect(run.startedAt! - notBefore).toBeLessThan(2_000);
  });

  it('answers the same run for the same idempotency key, and refuses another request with it', async () => {
    const first = await world.submit({ idempotencyKey: 'k1' });
    expect(await world.submit({ idempotencyKey: 'k1' })).toBe(first);
    await expect(world.submit({ idempotencyKey: 'k1', arguments: { a: 5, b: 5 } })).rejects.toThrow(
      'idempotency.conflict',
    );
  });

  it('answers again when a run is sent twice', async () => {
    const runId = newId();
    await world.submit({ runId });
    expect(await world.submit({ runId })).toBe(runId);
  });

  it('cancels a running task and one that waits', async () => {
    const runId = await world.submit({ task: 'sleep', arguments: { ms: 30_000 } });
    await vi.waitFor(async () => expect((await world.ask(GetRun, { runId })).progress?.fraction).toBe(0.5), {
      timeout: 5_000,
    });
    await world.ask(CancelRun, { actor: 'test', runId, reason: 'enough' });
    expect(await world.finished(runId)).toMatchObject({ status: 'cancelled' });
    const waiting = await world.submit({ lane: 'nobody' });
    expect(await world.ask(CancelRun, { actor: 'test', runId: waiting })).toMatchObject({ status: 'cancelled' });
    await vi.waitFor(async () =>
      expect(await world.ask(GetLaneLoad, { lane: 'nobody' })).toMatchObject({ waiting: 0, running: 0 }),
    );
  });

  it('believes no worker that speaks of a run of another lane', async () => {
    const runId = await world.submit({ lane: 'victim' });
    await world.forgeOutcomeOf(runId);
    const known = await world.submit();
    await world.finished(known);
    expect(await world.ask(GetRun, { runId })).toMatchObject({ status: 'waiting' });
  });

  it('pushes everything again when Redis was wiped', async () => {
    const backlog = await Promise.all(Array.from({ length: 200 }, () => world.submit({ lane: 'later' })));
    const runId = await world.submit({ task: 'sleep', arguments: { ms: 500 } });
    await vi.waitFor(async () => expect((await world.ask(GetRun, { runId })).status).toBe('running'), {
      timeout: 5_000,
    });
    await world.wipeRedis();
    expect(await world.finished(runId)).toMatchObject({ status: 'succeeded' });
    await world.startWorker('later');
    for (const id of backlog) expect((await world.finished(id)).status).toBe('succeeded');
  });

  it('lists runs page by page and rebuilds the very same view', async () => {
    const page = await world.ask(ListRuns, { limit: 10, task: 'add', status: 'succeeded' } as InputOf<typeof ListRuns>);
    expect(page.items).toHaveLength(10);
    const next = await world.ask(ListRuns, { limit: 10, cursor: page.next! } as InputOf<typeof ListRuns>);
    expect(next.items[0]!.runId < page.items.at(-1)!.runId).toBe(true);
    const { platform, parts } = world.first;
    await world.ask(GetLaneLoad, { lane: 'main' });
    const rows = async () => (await platform.pool.query('SELECT * FROM runs ORDER BY run_id')).rows;
    const before = await rows();
    await parts.rebuildViews!();
    expect(await rows()).toEqual(before);
  });
});
