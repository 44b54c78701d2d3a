/** What is pushed ahead of the log is in it before anybody is answered, also when its dispatcher died in between. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GetRun, GetRunEvents, RunAcceptance, type RunId, streamOf } from '#contracts';
import { newId } from '#lifecycle';
import { aheadKey, QueueClient, QueueConnection } from '#queue';
import { jobOf } from '../../apps/dispatcher/pushing/job-source.js';
import { acceptance, type Call, DispatcherWorld } from './dispatcher.fixture.js';

let world: DispatcherWorld;

beforeAll(async () => {
  world = await DispatcherWorld.start();
});

afterAll(() => world?.close());

describe('a lone run that somebody waits for', () => {
  const waiter = 'nobody.listens';

  async function transactionsOf(runId: RunId): Promise<string[]> {
    const { rows } = await world.first.platform.pool.query<{ tx: string }>(
      `SELECT DISTINCT tx::text AS tx FROM events WHERE category = 'run' AND stream = $1`,
      [streamOf('run', runId)],
    );
    return rows.map(({ tx }) => tx);
  }

  const noteIsGone = (runId: RunId) =>
    vi.waitFor(async () => expect(await world.redis.hexists(aheadKey(world.namespace), runId)).toBe(0), {
      timeout: 5_000,
    });

  /** What is left when a dispatcher dies right after its push. */
  async function pushedByACrashedDispatcher(call: Call, age: number): Promise<RunId> {
    const { runId, ...rest } = RunAcceptance.parse({ ...acceptance(call), waiter });
    const at = Date.now() - age;
    const note = JSON.stringify({ actor: 'key:agent', at, acceptance: { runId, ...rest } });
    const connection = new QueueConnection({ url: process.env['REDIS_URL']!, onError: () => {} });
    const { lane, job } = jobOf(runId, rest, 1);
    await new QueueClient(connection, world.namespace).enqueueWithNote(lane, job, note);
    connection.close();
    return runId;
  }

  it('is in the log when it is accepted, with its end in one commit when that comes soon', async () => {
    let inOneCommit = 0;
    // On a busy machine it rarely comes soon.
    for (let n = 0; n < 20 || (inOneCommit === 0 && n < 1_000); n++) {
      const runId = await world.submit({ waiter, arguments: { a: n, b: 1 } });
      expect((await world.ask(GetRunEvents, { runId })).events.map(({ type }) => type)[0]).toBe('RunAccepted');
      expect(await world.finished(runId)).toMatchObject({ status: 'succeeded', result: n + 1, attempt: 1 });
      await noteIsGone(runId);
      if ((await transactionsOf(runId)).length === 1) inOneCommit++;
    }
    expect(inOneCommit).toBeGreaterThan(0);
  });

  it('is accepted before it ends when it takes longer', async () => {
    const runId = await world.submit({ waiter, task: 'sleep', arguments: { ms: 300 } });
    expect(['waiting', 'running']).toContain((await world.ask(GetRun, { runId })).status);
    expect(await world.finished(runId)).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  it('is recorded with its end when its dispatcher died after the push', async () => {
    const runId = await pushedByACrashedDispatcher({ arguments: { a: 40, b: 2 } }, 0);
    await vi.waitFor(async () => expect(await transactionsOf(runId)).not.toEqual([]), { timeout: 10_000 });
    expect(await world.finished(runId)).toMatchObject({ status: 'succeeded', result: 42, attempt: 1 });
    const { events } = await world.ask(GetRunEvents, { runId });
    expect(events.map(({ type, actor }) => [type, actor.split(':')[0]])).toEqual([
      ['RunAccepted', 'key'],
      ['RunStarted', 'worker'],
      ['RunSucceeded', 'worker'],
    ]);
    await noteIsGone(runId);
  });

  it('is recorded while it waits when its dispatcher died after the push', async () => {
    const runId = await pushedByACrashedDispatcher({ lane: 'idle' }, 10_000);
    await vi.waitFor(async () => expect((await world.ask(GetRun, { runId })).status).toBe('waiting'), {
      timeout: 10_000,
    });
    await noteIsGone(runId);
  });

  it('is not made by an outcome alone', async () => {
    const runId = newId() as RunId;
    await world.forgeOutcomeOf(runId);
    await world.finished(await world.submit({ waiter }));
    expect(await transactionsOf(runId)).toEqual([]);
  });
});
