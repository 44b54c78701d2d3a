import { expect, it } from 'vitest';
import { type Lane, type RunEvent, type RunId } from '#contracts';
import { newId } from '#lifecycle';
import { absentRun } from '../run/run.evolve.js';
import { type Run } from '../run/run.js';
import { CancelJobWhenRunCancelled } from './cancel-job-when-run-cancelled.reactor.js';

const waiting: Run = { ...absentRun, status: 'waiting', lane: 'a' as Lane };
const runId = newId() as RunId;

function reactTo(event: Partial<RunEvent>, run: Run): string[] {
  const done: string[] = [];
  const reactor = new CancelJobWhenRunCancelled({
    queue: {
      cancel: async (lane, jobId) => {
        done.push(`cancel ${lane} ${jobId}`);
        return 'removed';
      },
    },
    pusher: { takeBack: (id) => done.push(`take back ${id}`) },
    onError: (error) => expect.unreachable(String(error)),
  });
  reactor.react([{ runId, run, events: [event as RunEvent], view: null }]);
  return done;
}

it('takes back a job that is not pushed yet before it asks the queue, so that none comes after its cancellation', () => {
  const done = reactTo({ type: 'RunCancelled' }, { ...waiting, status: 'cancelled' });
  expect(done).toEqual([`take back ${runId}`, `cancel a ${runId}.1`]);
});

it('asks for the attempt under way of a run that is to stop', () => {
  const done = reactTo({ type: 'RunCancelRequested' }, { ...waiting, status: 'running', attempt: 3 });
  expect(done).toEqual([`take back ${runId}`, `cancel a ${runId}.3`]);
});

it('leaves all other runs alone', () => {
  expect(reactTo({ type: 'RunSucceeded' }, { ...waiting, status: 'succeeded' })).toEqual([]);
});
