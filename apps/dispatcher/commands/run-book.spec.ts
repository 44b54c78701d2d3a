import { beforeEach, describe, expect, it, vi } from 'vitest';
import { isRefused, type Lane, RunAcceptance, type RunId, RunPolicies, streamOf } from '#contracts';
import { InMemoryLog, LogUnavailable } from '#event-store';
import { newId, systemClock } from '#lifecycle';
import { type JobToPush } from '#queue';
import { type RunCommand } from '../run/run.commands.js';
import { RunAcceptor } from './accept-runs.js';
import { acceptedRun } from './accepted-run.js';
import { type CommittedRun } from './committed-run.js';
import { RunBook } from './run-book.js';
import { RunsAhead } from './runs-ahead.js';

const AT = 1_760_000_000_000;
const runId = RunAcceptance.shape.runId.parse('0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e');
const acceptance = RunAcceptance.parse({
  runId,
  task: 'word_stats',
  taskVersion: 1,
  queue: 'default',
  lane: 'default',
  deploymentId: null,
  arguments: {},
  policies: RunPolicies.parse({}),
});
const start = (attempt: number): RunCommand => ({ type: 'RecordStart', at: AT, attempt, worker: 'w' });
const success = (attempt: number): RunCommand => ({
  type: 'RecordOutcome',
  at: AT,
  attempt,
  worker: 'w',
  late: false,
  chance: 1,
  ranMs: 1,
  outcome: { kind: 'succeeded', result: 'done', durationMs: 1 },
});

/** Two dispatchers, each with a memory of its own. */
let log: InMemoryLog;
let one: RunBook;
let other: RunBook;

/** What Redis keeps of runs that are ahead of the log. */
let notes: Map<RunId, string>;
let ahead: RunsAhead;

beforeEach(async () => {
  log = new InMemoryLog();
  notes = new Map();
  ahead = new RunsAhead({ log, queue: notesIn(notes), onDropped: fail, onError: fail });
  one = new RunBook(log, ahead, []);
  other = new RunBook(log, ahead, []);
  await tell(one, { type: 'AcceptRun', at: AT, acceptance });
});

function notesIn(notes: Map<RunId, string>) {
  return {
    enqueueWithNote: async (_: Lane, { payload }: JobToPush, note: string) => void notes.set(payload.run, note),
    notesOf: async (runIds: readonly RunId[]) => runIds.map((id) => notes.get(id) ?? null),
    notes: async () => [...notes.values()],
    forgetNotes: async (runIds: readonly RunId[]) => runIds.forEach((id) => notes.delete(id)),
  };
}

function fail(what: unknown): never {
  throw new Error(`unexpected: ${String(what)}`);
}

async function tell(book: RunBook, ...commands: RunCommand[]) {
  const [answer] = await book.carryOut([{ runId, commands, actor: 'test' }]);
  return answer!;
}

async function history(): Promise<string[]> {
  return (await log.readStream(streamOf('run', runId))).map(({ event }) => event.type);
}

describe('the run book', () => {
  it('loses no outcome when its memory is behind another dispatcher', async () => {
    await tell(one, start(1));
    await tell(other, { type: 'RecordQueueLoss', at: AT, attempt: 1 }, start(2));
    await tell(one, success(2));
    expect(await history()).toEqual(['RunAccepted', 'RunStarted', 'RunAttemptFailed', 'RunStarted', 'RunSucceeded']);
  });

  it('decides again when another dispatcher was faster', async () => {
    await tell(one, start(1));
    await tell(other, success(1));
    await tell(one, success(1));
    expect(await history()).toEqual(['RunAccepted', 'RunStarted', 'RunSucceeded']);
  });

  it('refuses by what the log says, not by what it remembers', async () => {
    await tell(one, start(1));
    await tell(other, success(1));
    const answer = await tell(one, { type: 'CancelRun', at: AT, by: 'test', reason: null });
    expect(isRefused(answer) && answer.refusal.code).toBe('run.already-finished');
  });

  it('records a success of a run that has several orders in one call once', async () => {
    const order = { runId, actor: 'test', commands: [start(1), success(1)] };
    await one.carryOut([order, { ...order }]);
    expect(await history()).toEqual(['RunAccepted', 'RunStarted', 'RunSucceeded']);
  });

  it('changes nothing for a worker of another lane', async () => {
    await one.carryOut([{ runId, actor: 'test', commands: [success(1)], lane: 'elsewhere' as never }]);
    expect(await history()).toEqual(['RunAccepted']);
  });
});

describe('a run ahead of the log', () => {
  const newRun = RunAcceptance.parse({ ...acceptance, runId: '0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7f', waiter: 'w' });
  const stream = streamOf('run', newRun.runId);
  const by = { at: AT, actor: 'key:agent' };
  const ended = { runId: newRun.runId, commands: [success(1)], actor: 'worker:w' };

  function hold(book = one) {
    ahead.push(newRun, by);
    return book.hold(acceptedRun(newRun, AT), by.actor);
  }

  const whole = async () =>
    (await log.readStream(stream)).map(({ event, meta, cursor }) => [event.type, meta.actor, cursor.tx]);

  it('is written with its end, each event by who brought it about', async () => {
    const told: CommittedRun[] = [];
    one = new RunBook(log, ahead, [{ react: (committed) => void told.push(...committed) }]);
    const answer = hold();
    await one.carryOut([ended]);
    expect(await answer).toBe('appended');
    const [[, , tx] = []] = await whole();
    expect(await whole()).toEqual([
      ['RunAccepted', 'key:agent', tx],
      ['RunStarted', 'worker:w', tx],
      ['RunSucceeded', 'worker:w', tx],
    ]);
    expect(told).toMatchObject([{ isPushed: true, run: { status: 'succeeded' }, view: { result: 'done' } }]);
  });

  it('is written alone when nothing comes for it, and goes on from there', async () => {
    expect(await hold()).toBe('appended');
    expect(await whole()).toHaveLength(1);
    await one.carryOut([ended]);
    expect((await whole()).map(([type]) => type)).toEqual(['RunAccepted', 'RunStarted', 'RunSucceeded']);
  });

  it('is written once when its end comes while it is being written', async () => {
    const appendAll = vi.spyOn(log, 'appendAll');
    const answer = hold();
    await vi.waitFor(() => expect(appendAll).toHaveBeenCalledTimes(1), { interval: 1 });
    await one.carryOut([ended]);
    expect(await answer).toBe('appended');
    expect(appendAll).toHaveBeenCalledTimes(2);
    expect(await whole()).toHaveLength(3);
  });

  it('can be cancelled', async () => {
    const answer = hold();
    await one.carryOut([
      { runId: newRun.runId, commands: [{ type: 'CancelRun', at: AT, by: 'x', reason: null }], actor: 'x' },
    ]);
    expect(await answer).toBe('appended');
    expect((await whole()).map(([type]) => type)).toEqual(['RunAccepted', 'RunCancelled']);
  });

  it('is written from its note by a dispatcher that gets its end, and once', async () => {
    const answer = hold();
    await other.carryOut([ended]);
    expect(await answer).toBe('conflict');
    await one.carryOut([ended]);
    expect((await whole()).map(([type, actor]) => [type, actor])).toEqual([
      ['RunAccepted', 'key:agent'],
      ['RunStarted', 'worker:w'],
      ['RunSucceeded', 'worker:w'],
    ]);
    await vi.waitFor(() => expect(notes.size).toBe(0));
  });

  it('is not lost when the log is away, though whoever waits is told so', async () => {
    const appendAll = vi.spyOn(log, 'appendAll').mockRejectedValueOnce(new LogUnavailable('away'));
    await expect(hold()).rejects.toThrow(LogUnavailable);
    appendAll.mockRejectedValueOnce(new LogUnavailable('away'));
    await expect(one.carryOut([ended])).rejects.toThrow(LogUnavailable);
    await one.carryOut([ended]);
    expect(await whole()).toHaveLength(3);
  });

  it('does not go ahead of a log that did not answer the one before, until it answers again', async () => {
    const acceptor = new RunAcceptor(log, one, ahead, systemClock);
    const push = vi.spyOn(ahead, 'push');
    const appendAll = vi.spyOn(log, 'appendAll');
    const accept = () => acceptor.accept([{ ...newRun, runId: newId() as RunId }], 'key:agent');
    const away = new LogUnavailable('away');
    appendAll.mockRejectedValueOnce(away).mockRejectedValueOnce(away);
    await expect(accept()).rejects.toThrow(LogUnavailable);
    expect(push).toHaveBeenCalledTimes(1);
    await expect(accept()).rejects.toThrow(LogUnavailable);
    await accept();
    expect(push).toHaveBeenCalledTimes(1);
    await accept();
    expect(push).toHaveBeenCalledTimes(2);
  });

  it('is written from its note when nobody else does', async () => {
    ahead.push(newRun, by);
    expect(await ahead.writeLeftBehind(AT)).toBe(0);
    expect(await whole()).toEqual([]);
    expect(await ahead.writeLeftBehind(AT + 1)).toBe(1);
    expect(await whole()).toHaveLength(1);
    expect(notes.size).toBe(0);
  });

  it('is none when there is no note: an outcome alone proves nothing', async () => {
    await one.carryOut([ended]);
    expect(await whole()).toEqual([]);
  });
});
