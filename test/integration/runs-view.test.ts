/** The view of runs says the same of a history whether its events come one by one or all at once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunEvent, type RunId, streamOf } from '#contracts';
import { type PostgresLog, ProjectionRunner } from '#event-store';
import { newId } from '#lifecycle';
import { RunsProjection } from '../../apps/dispatcher/projections/runs.projection.js';
import { adding, openWorld, patientLog, type World } from './event-store/world.js';

const BEGAN_AT = 1_763_000_000_123;
const deploymentId = newId();

/** No text of Postgres has a NUL or half a character; a backslash before `u0000` is harmless. */
const odd = '\u0000 \ud800 \\u0000 \\\u0000 \\';

type Step = Pick<RunEvent, 'type'> & Partial<Record<string, unknown>>;
const failed = (attempt: number, retryAt: number | null): Step => ({ type: 'RunAttemptFailed', attempt, retryAt });
const started = (attempt: number): Step => ({ type: 'RunStarted', attempt });

/** What happens to a run a millisecond apart, and what the view says of it then: moments as milliseconds after the run was accepted. */
const histories: Record<string, { steps: Step[]; row: object }> = {
  'waits for nothing': { steps: [], row: { status: 'waiting', attempt: 0 } },
  'waits for its time': {
    steps: [{ type: 'RunAccepted', notBefore: BEGAN_AT + 500, taskVersion: null, deploymentId: null, priority: 9 }],
    row: { status: 'waiting', attempt: 0, not_before: 500, task_version: null, deployment_id: null, priority: 9 },
  },
  'is running': { steps: [started(1)], row: { status: 'running', attempt: 1, started_at: 1 } },
  'was late, and is running': {
    steps: [{ type: 'RunAccepted', notBefore: BEGAN_AT + 5 }, started(1)],
    row: { status: 'running', attempt: 1, started_at: 1 },
  },
  'says how far it is': {
    steps: [started(1), { type: 'RunProgressed', attempt: 1, fraction: 0.5 }, { type: 'RunLogged', attempt: 1 }],
    row: { status: 'running', attempt: 1, started_at: 1 },
  },
  'has succeeded': {
    steps: [started(1), { type: 'RunSucceeded', attempt: 1, result: { status: 'not this' } }],
    row: { status: 'succeeded', attempt: 1, started_at: 1, finished_at: 2 },
  },
  'is tried again later': {
    steps: [started(1), failed(1, BEGAN_AT + 900)],
    row: { status: 'waiting', attempt: 1, started_at: 1, not_before: 900 },
  },
  'is tried again': {
    steps: [started(1), failed(1, BEGAN_AT + 2), started(2), { type: 'RunProgressed', attempt: 2 }],
    row: { status: 'running', attempt: 2, started_at: 1 },
  },
  'is tried again sooner the second time': {
    steps: [started(1), failed(1, BEGAN_AT + 900), started(2), failed(2, BEGAN_AT + 7)],
    row: { status: 'waiting', attempt: 2, started_at: 1, not_before: 7 },
  },
  'was given, and said, what Postgres cannot read': {
    steps: [
      { type: 'RunAccepted', arguments: { ['a\u0000']: odd, status: ['"', odd] }, idempotencyKey: odd },
      { type: 'RunStarted', attempt: 1, worker: odd },
      { ...failed(1, BEGAN_AT + 900), error: { type: 'ValueError', message: odd, traceback: null } },
    ],
    row: { status: 'waiting', attempt: 1, started_at: 1, not_before: 900 },
  },
  'has succeeded at last': {
    steps: [started(1), failed(1, BEGAN_AT + 2), started(2), { type: 'RunSucceeded', attempt: 2 }],
    row: { status: 'succeeded', attempt: 2, started_at: 1, finished_at: 4 },
  },
  'failed for good': {
    steps: [started(1), failed(1, null), { type: 'RunDeadLettered', attempt: 1 }],
    row: { status: 'dead-lettered', attempt: 1, started_at: 1, finished_at: 3 },
  },
  'failed at once': {
    steps: [started(1), { type: 'RunFailed', attempt: 1 }],
    row: { status: 'failed', attempt: 1, started_at: 1, finished_at: 2 },
  },
  'took too long': {
    steps: [started(1), { type: 'RunTimedOut', attempt: 1 }, { type: 'RunLateOutcomeIgnored', attempt: 1 }],
    row: { status: 'timed-out', attempt: 1, started_at: 1, finished_at: 2 },
  },
  'was cancelled before it began': {
    steps: [{ type: 'RunCancelRequested', by: 'key:a' }, { type: 'RunCancelled' }],
    row: { status: 'cancelled', attempt: 0, finished_at: 2 },
  },
  'was lost with the queue before it began': {
    steps: [failed(1, BEGAN_AT + 30), started(2)],
    row: { status: 'running', attempt: 2, started_at: 2 },
  },
};

const accepted = {
  ...{ type: 'RunAccepted', task: 'add', taskVersion: 3, queue: 'maths', lane: 'maths/1', deploymentId },
  ...{ priority: 5, notBefore: null, arguments: { a: '"{\\u0041' }, waiter: null },
};

/** A run's own RunAccepted may differ from the usual one. */
function eventsOf(steps: readonly Step[]): Step[] {
  const [first, ...others] = steps;
  const all = first?.type === 'RunAccepted' ? [{ ...accepted, ...first }, ...others] : [accepted, ...steps];
  return all.map((event, n) => ({ ...event, at: BEGAN_AT + n }) as Step);
}

const sinceBegan = (moment: string | null) => (moment === null ? null : Number(moment) - BEGAN_AT);
const names = Object.keys(histories);
const runIds = new Map(names.map((name) => [name, newId() as RunId]));

let world: World;
let log: PostgresLog;

const viewOf = (batchSize: number) =>
  new ProjectionRunner({ pool: world.pool, projection: new RunsProjection(), batchSize });

/** What the view says of each run, its moments counted from when the run was accepted. */
async function viewed(): Promise<Record<string, object>> {
  const { rows } = await world.pool.query<Record<string, string | null>>(
    `SELECT run_id, task, task_version, queue, lane, deployment_id, priority, status, attempt, accepted_at, started_at, finished_at, not_before FROM runs`,
  );
  const byId = new Map(rows.map(({ run_id, ...row }) => [run_id, row]));
  const entries = names.map((name) => {
    const row = byId.get(runIds.get(name)!)!;
    const moments = ['accepted_at', 'started_at', 'finished_at', 'not_before'];
    return [name, { ...row, ...Object.fromEntries(moments.map((column) => [column, sinceBegan(row[column]!)])) }];
  });
  return Object.fromEntries(entries) as Record<string, object>;
}

const expected = Object.fromEntries(
  names.map((name) => [
    name,
    {
      ...{ task: 'add', task_version: 3, queue: 'maths', lane: 'maths/1', deployment_id: deploymentId, priority: 5 },
      ...{ accepted_at: 0, started_at: null, finished_at: null, not_before: null },
      ...histories[name]!.row,
    },
  ]),
);

beforeAll(async () => {
  world = await openWorld();
  log = patientLog(world.another());
});
afterAll(() => world.close());

describe('the view of runs', () => {
  it('follows each run event by event', async () => {
    const view = viewOf(2_000);
    const longest = Math.max(...names.map((name) => eventsOf(histories[name]!.steps).length));
    for (let n = 0; n < longest; n++) {
      for (const name of names) {
        const event = eventsOf(histories[name]!.steps)[n];
        const stream = streamOf('run', runIds.get(name)!);
        if (event) expect(await log.append([adding(stream, n, event as never)])).toBe('appended');
      }
      await view.catchUp();
    }
    expect(await viewed()).toEqual(expected);
  });

  it.each([1, 2, 3, 7, 2_000])('is the same when it is made anew, %i events at a time', async (batchSize) => {
    const { events } = await viewOf(batchSize).rebuild();
    expect(events).toBe(names.reduce((sum, name) => sum + eventsOf(histories[name]!.steps).length, 0));
    expect(await viewed()).toEqual(expected);
  });
});
