import { describe, expect, it } from 'vitest';
import { type Lane, type RunId } from '#contracts';
import { newId } from '#lifecycle';
import { type JobPayload, type LaneBatch } from '#queue';
import { JobPusher } from './job-pusher.js';
import { type LaneJob } from './job-source.js';

describe('the job pusher', () => {
  it('pushes what is handed in during a push with the next one', async () => {
    const { pusher, pushed, goOn } = slowPusher();
    const [first, second, third] = [jobIn('a'), jobIn('a'), jobIn('b')];
    pusher.push([first]);
    pusher.push([second]);
    pusher.push([third]);
    goOn();
    await pusher.stop();
    expect(pushed).toEqual([[runOf(first)], [runOf(second), runOf(third)]]);
  });

  it('does not push a job that was taken back while it waited', async () => {
    const { pusher, pushed, goOn } = slowPusher();
    const [first, cancelled, other] = [jobIn('a'), jobIn('a'), jobIn('a')];
    pusher.push([first]);
    pusher.push([cancelled, other]);
    pusher.takeBack(runOf(cancelled));
    goOn();
    await pusher.stop();
    expect(pushed).toEqual([[runOf(first)], [runOf(other)]]);
  });

  it('does not push a job that was taken back while the log was read for it', async () => {
    const [cancelled, other] = [jobIn('a'), jobIn('a')];
    const pushed: RunId[] = [];
    let answer = (): void => {};
    const pusher = new JobPusher({
      queue: {
        enqueueAll: (batches) => {
          pushed.push(...batches.flatMap(({ jobs }) => jobs.map(({ payload }) => payload.run)));
          return Promise.resolve(pushed.length);
        },
      },
      source: { jobsOf: () => new Promise((resolve) => (answer = () => resolve([cancelled, other]))) },
      clock: { now: () => 0 },
      onDropped: (_, error) => expect.unreachable(String(error)),
    });
    const pushing = pusher.pushRuns([runOf(cancelled), runOf(other)]);
    pusher.takeBack(runOf(cancelled));
    answer();
    expect(await pushing).toBe(1);
    expect(pushed).toEqual([runOf(other)]);
  });

  it('goes on after a push that failed, and tells of its jobs', async () => {
    const dropped: number[] = [];
    const pusher = new JobPusher({
      queue: { enqueueAll: () => Promise.reject(new Error('away')) },
      source: { jobsOf: () => Promise.resolve([]) },
      clock: { now: () => 0 },
      onDropped: (jobs) => dropped.push(jobs),
    });
    pusher.push([jobIn('a')]);
    pusher.push([jobIn('a'), jobIn('b')]);
    await pusher.stop();
    expect(dropped).toEqual([1, 2]);
  });
});

/** A pusher whose first push takes until `goOn`. `pushed`: the runs of each push. */
function slowPusher() {
  const pushed: RunId[][] = [];
  let goOn = (): void => {};
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const enqueueAll = async (batches: readonly LaneBatch[]): Promise<number> => {
    pushed.push(batches.flatMap(({ jobs }) => jobs.map(({ payload }) => payload.run)));
    await held;
    return 0;
  };
  const pusher = new JobPusher({
    queue: { enqueueAll },
    source: { jobsOf: () => Promise.resolve([]) },
    clock: { now: () => 0 },
    onDropped: (_, error) => expect.unreachable(String(error)),
  });
  return { pusher, pushed, goOn };
}

function jobIn(lane: string): LaneJob {
  const payload: JobPayload = {
    ...{ v: 1 as const, run: newId() as RunId, attempt: 1, task: 'add', arguments: {} },
    ...{ softLimitMs: 1_000, hardLimitMs: 2_000, traceparent: null },
  };
  return { lane: lane as Lane, job: { priority: 5, payload } };
}

function runOf({ job }: LaneJob): RunId {
  return job.payload.run;
}
