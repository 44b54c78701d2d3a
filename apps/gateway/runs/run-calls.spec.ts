import { afterEach, describe, expect, it, vi } from 'vitest';
import { AcceptRuns, GetRun, GetRunStatuses, isRefused, refuse, type RunId, type RunView } from '#contracts';
import { type FinishedRun, type Requester } from '#messaging';
import { type Caller } from '../auth/index.js';
import { RunCalls } from './index.js';

const caller = { keyId: 'Abcdefghijkl', name: 'spec', scope: 'agent', actor: 'key:Abcdefghijkl' } as Caller;
const task = {
  name: 'add',
  version: 1,
  queue: 'math',
  lane: 'math',
  deploymentId: null,
  argumentsSchema: { type: 'object', properties: { a: {}, b: {} } },
  policies: {},
};

afterEach(() => void vi.useRealTimers());

async function world() {
  let notify: (runs: FinishedRun[]) => void = () => undefined;
  const runs = new Map<RunId, RunView['status']>();
  const asked: string[] = [];
  let away = false;
  const request = vi.fn(async (what: unknown, input: never) => {
    asked.push(what === AcceptRuns ? 'accept' : what === GetRunStatuses ? 'statuses' : 'get');
    if (away) return refuse('service.unavailable', 'away');
    if (what === GetRunStatuses) return { statuses: (input['runIds'] as RunId[]).map((runId) => runs.get(runId)) };
    if (what === GetRun) return { runId: input['runId'], status: runs.get(input['runId']) };
    const accepted = input['runs'] as { runId: RunId }[];
    for (const { runId } of accepted) runs.set(runId, 'waiting');
    return { answers: accepted.map(({ runId }) => ({ runId, repeated: false })) };
  });
  const resolve = vi.fn(async (name: string, version?: number) =>
    name === 'add' ? ({ ...task, version: version ?? 1 } as never) : refuse('task.unknown', `no ${name}`),
  );
  const calls = new RunCalls({
    catalogue: { resolve },
    requester: { request } as unknown as Requester,
    notices: {
      waiterFor: (id) => `waiter-${id}`,
      listen: (_, callback) => {
        notify = callback as typeof notify;
        return () => undefined;
      },
    },
    gatewayId: 'g1',
  });
  await calls.listen();
  const start = async (wait = true) => {
    const started = await calls.start(caller, { task: 'add', kwargs: { a: 1 }, wait });
    if (isRefused(started)) throw new Error(started.refusal.message);
    return started.runId;
  };
  const finish = (runId: RunId) => void runs.set(runId, 'succeeded');
  return {
    calls,
    start,
    finish,
    tell: (runId: RunId) => notify([{ runId, status: runs.get(runId)! } as RunView]),
    tellOfLarge: (runId: RunId) => notify([{ runId }]),
    asked,
    request,
    resolve,
    goAway: (is: boolean) => (away = is),
  };
}

describe('starting runs', () => {
  it('says that a run was there before only when another call had made it', async () => {
    const { calls, request } = await world();
    const [sentTwice, another] = ['this one' as RunId, 'another' as RunId];
    request.mockResolvedValueOnce({ answers: [{ runId: sentTwice, repeated: true }] });
    request.mockResolvedValueOnce({ answers: [{ runId: another, repeated: true }] });
    const call = { task: 'add', runId: sentTwice };
    expect(await calls.start(caller, call)).toMatchObject({ runId: sentTwice, repeated: false });
    expect(await calls.start(caller, call)).toMatchObject({ runId: another, repeated: true });
  });

  it('sends what comes in one turn in one request, for each caller', async () => {
    const { calls, request } = await world();
    const other = { ...caller, actor: 'key:other' };
    await Promise.all([
      ...Array.from({ length: 600 }, () => calls.start(caller, { task: 'add' })),
      calls.start(other, { task: 'add' }),
    ]);
    const sizes = request.mock.calls.map(([, input]) => (input as { runs: unknown[] }).runs.length);
    expect(sizes).toEqual([500, 100, 1]);
  });

  it('looks each task up once, tells its versions apart, and answers in order', async () => {
    const { calls, resolve, request } = await world();
    const add = { task: 'add' };
    const started = await calls.startMany(caller, [add, { task: '1/add' }, { ...add, version: 2 }, add, { task: 'x' }]);
    expect(started.map((one) => (isRefused(one) ? one.refusal.message : one.task))).toEqual([
      ...['add', 'no 1/add', 'add', 'add', 'no x'],
    ]);
    expect(resolve.mock.calls).toEqual([
      ['add', undefined],
      ['1/add', undefined],
      ['add', 2],
      ['x', undefined],
    ]);
    const { targets, runs } = request.mock.calls[0]![1] as {
      targets: { taskVersion: number }[];
      runs: { runId: RunId }[];
    };
    expect(targets.map(({ taskVersion }) => taskVersion)).toEqual([1, 2]);
    expect(runs.map(({ runId }) => runId)).toEqual(started.flatMap((one) => (isRefused(one) ? [] : one.runId)));
  });

  it('says when there is no room for more, and when there is again', async () => {
    const { calls } = await world();
    const held = Array.from({ length: 5_000 }, () => calls.start(caller, { task: 'add' }));
    for (let n = 0; n < 20; n++) await Promise.resolve(); // they are on their way, and this turn has not ended
    expect(calls.tooMany()).toMatchObject({ refusal: { code: 'rate.limited' } });
    await Promise.all(held);
    expect(calls.tooMany()).toBeNull();
  });

  it('takes no more while very many that are waited for have only just begun', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { calls, start, finish, tell } = await world();
    const startMany = (count: number) => Promise.all(Array.from({ length: count }, () => start()));
    const [first] = await startMany(2_500);
    expect(calls.tooMany()).toBeNull();
    vi.advanceTimersByTime(1_000);
    await startMany(2_500);
    expect(calls.tooMany()).toMatchObject({ refusal: { code: 'rate.limited' } });
    finish(first!);
    tell(first!);
    expect(calls.tooMany()).toBeNull();
    await start();
    expect(calls.tooMany()).toMatchObject({ refusal: { code: 'rate.limited' } });
    vi.advanceTimersByTime(1_000);
    expect(calls.tooMany()).toBeNull();
  });

  it('refuses a caller who may not run', async () => {
    const { calls } = await world();
    expect(await calls.start({ ...caller, scope: 'viewer' }, { task: 'add' })).toMatchObject({
      refusal: { code: 'auth.forbidden' },
    });
  });

  it('asks to be told only when somebody waits', async () => {
    const { start, request } = await world();
    await start(true);
    await start(false);
    const sent = request.mock.calls.map(([, input]) => (input as { runs: { waiter?: string }[] }).runs[0]!.waiter);
    expect(sent).toEqual(['waiter-g1', undefined]);
  });
});

describe('waiting for a run', () => {
  it('ends with the notice, which may come before the waiting', async () => {
    const { calls, start, finish, tell, asked } = await world();
    const runId = await start();
    finish(runId);
    tell(runId);
    expect(await calls.waitFor(runId, 60_000)).toMatchObject({ status: 'succeeded', arguments: { a: 1 } });
    expect(asked).toEqual(['accept']);
  });

  it('asks for a run that was too large for the notice', async () => {
    const { calls, start, finish, tellOfLarge, asked } = await world();
    const runId = await start();
    finish(runId);
    tellOfLarge(runId);
    expect(await calls.waitFor(runId, 60_000)).toMatchObject({ status: 'succeeded' });
    expect(asked).toEqual(['accept', 'get']);
  });

  it('keeps what a notice brought when the mere end is told of later', async () => {
    const { calls, start, finish, tell, tellOfLarge, asked } = await world();
    const runId = await start();
    finish(runId);
    tell(runId);
    tellOfLarge(runId);
    expect(await calls.waitFor(runId, 60_000)).toMatchObject({ status: 'succeeded' });
    expect(asked).toEqual(['accept']);
  });

  it('goes on asking in case the notice is lost', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { calls, start, finish } = await world();
    const runId = await start();
    const waiting = calls.waitFor(runId, 60_000);
    finish(runId);
    await vi.advanceTimersByTimeAsync(2_100);
    expect(await waiting).toMatchObject({ status: 'succeeded' });
  });

  it('ends for many with the last notice, also when one is named twice', async () => {
    const { calls, start, finish, tell, asked } = await world();
    const runIds = [await start(), await start()];
    const began = performance.now();
    const waiting = calls.waitForAll([...runIds, runIds[0]!, null], 60_000);
    for (const runId of runIds) {
      finish(runId);
      tell(runId);
    }
    const succeeded = expect.objectContaining({ status: 'succeeded' }) as unknown;
    expect(await waiting).toEqual([succeeded, succeeded, succeeded, null]);
    expect(performance.now() - began).toBeLessThan(1_500); // asking again would have begun after 2,000
    expect(asked.filter((what) => what === 'get').length).toBeLessThanOrEqual(1);
  });

  it('asks for few of many that take long, less and less often, and for all once a notice was lost', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { calls, start, finish, tell, asked, request } = await world();
    const runIds = await Promise.all(Array.from({ length: 50 }, () => start()));
    const waiting = calls.waitForAll(runIds, 60_000);
    await vi.advanceTimersByTimeAsync(13_000);
    expect(asked.filter((what) => what !== 'accept')).toEqual(['statuses', 'statuses']); // after 2 and 6 seconds
    expect(request.mock.calls.at(-1)![1]).toMatchObject({ runIds: { length: 10 } });

    for (const runId of runIds) finish(runId);
    for (const runId of runIds.slice(2)) tell(runId);
    await vi.advanceTimersByTimeAsync(3_500);
    expect((await waiting).map((run) => run?.status)).toEqual(runIds.map(() => 'succeeded'));
    expect(asked.filter((what) => what === 'get')).toHaveLength(2);
  });

  it('does not fetch what has ended when its notice is on its way', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { calls, start, finish, tell, asked } = await world();
    const runIds = await Promise.all(Array.from({ length: 50 }, () => start()));
    const waiting = calls.waitForAll(runIds, 60_000);
    for (const runId of runIds) finish(runId);
    await vi.advanceTimersByTimeAsync(2_100);
    for (const runId of runIds) tell(runId);
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await waiting).map((run) => run?.status)).toEqual(runIds.map(() => 'succeeded'));
    expect(asked.filter((what) => what !== 'accept')).toEqual(['statuses']);
  });

  it('finds a run that finished unnoticed behind others that take long, and at the end in any case', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { calls, start, finish, asked } = await world();
    const runIds = await Promise.all(Array.from({ length: 50 }, () => start()));
    const waiting = calls.waitForAll(runIds, 7_000);
    finish(runIds[30]!); // between two of those that are asked for
    finish(runIds[49]!);
    await vi.advanceTimersByTimeAsync(3_100);
    expect(asked.filter((what) => what === 'statuses')).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(3_000);
    finish(runIds[31]!);
    await vi.advanceTimersByTimeAsync(1_000);
    const finished = (await waiting).flatMap((run, n) => (run ? [n] : []));
    expect(finished).toEqual([30, 31, 49]);
  });

  it('asks at once about a run that was not started here', async () => {
    const { calls, start, finish } = await world();
    const runId = await start(false);
    finish(runId);
    expect(await calls.waitFor(runId, 60_000)).toMatchObject({ status: 'succeeded' });
  });

  it('is unfinished when the time is over or the caller has gone', async () => {
    const { calls, start } = await world();
    expect(await calls.waitFor(await start(), 20)).toBe('unfinished');
    expect(await calls.waitFor(await start(), 60_000, AbortSignal.timeout(10))).toBe('unfinished');
  });

  it('outlasts a short absence of the dispatcher', async () => {
    const { calls, start, finish, tellOfLarge, goAway } = await world();
    const runId = await start();
    goAway(true);
    tellOfLarge(runId);
    const waiting = calls.waitFor(runId, 10_000);
    finish(runId);
    goAway(false);
    expect(await waiting).toMatchObject({ status: 'succeeded' });
  });

  it('is told that the dispatcher is away when it stays so', async () => {
    const { calls, start, goAway } = await world();
    const runId = await start();
    goAway(true);
    expect(await calls.waitFor(runId, 20)).toMatchObject({ refusal: { code: 'service.unavailable' } });
  });
});
