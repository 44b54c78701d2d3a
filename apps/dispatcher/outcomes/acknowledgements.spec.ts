import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type OutcomeEntry } from '#queue';
import { Acknowledgements } from './acknowledgements.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const entry = (lane: string, entryId: string, endsLease: boolean, ...jobIds: string[]) =>
  ({ lane, entryId, endsLease, jobs: jobIds.map((jobId) => ({ jobId })) }) as unknown as OutcomeEntry;

it('sends what is committed within a moment together, each lane by itself', async () => {
  const acknowledge = vi.fn(async () => undefined);
  const acknowledgements = new Acknowledgements({ queue: { acknowledge }, onError: vi.fn() });
  acknowledgements.add([entry('a', '1-0', false, 'run.1'), entry('b', '2-0', true, 'other.1')]);
  acknowledgements.add([entry('a', '3-0', true, 'run.1'), entry('a', '3-0', true, 'next.1')]);
  expect(acknowledge).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(20);
  expect(acknowledge.mock.calls).toEqual([
    ['a', { entryIds: ['1-0', '3-0'], endedJobIds: ['run.1', 'next.1'] }],
    ['b', { entryIds: ['2-0'], endedJobIds: ['other.1'] }],
  ]);
  await vi.advanceTimersByTimeAsync(100);
  expect(acknowledge).toHaveBeenCalledTimes(2);
});

it('reports what could not be told, and goes on', async () => {
  const acknowledge = vi.fn().mockRejectedValueOnce(new Error('away')).mockResolvedValue(undefined);
  const onError = vi.fn();
  const acknowledgements = new Acknowledgements({ queue: { acknowledge }, onError });
  acknowledgements.add([entry('a', '1-0', true, 'run.1')]);
  await acknowledgements.flush();
  expect(onError).toHaveBeenCalledTimes(1);
  acknowledgements.add([entry('a', '2-0', true, 'next.1')]);
  await vi.advanceTimersByTimeAsync(20);
  expect(acknowledge).toHaveBeenLastCalledWith('a', { entryIds: ['2-0'], endedJobIds: ['next.1'] });
});
