import { beforeEach, describe, expect, it } from 'vitest';
import { isRefused, RunAcceptance, RunPolicies, streamOf } from '#contracts';
import { InMemoryLog } from '#event-store';
import { type RunCommand } from '../run/run.commands.js';
import { RunBook } from './run-book.js';

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

beforeEach(async () => {
  log = new InMemoryLog();
  one = new RunBook(log, []);
  other = new RunBook(log, []);
  await tell(one, { type: 'AcceptRun', at: AT, acceptance });
});

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
