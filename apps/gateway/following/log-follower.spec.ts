import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InMemoryLog, LocalHints, LogUnavailable, type RecordedEvent } from '#event-store';
import { LogFollower } from './log-follower.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A log in which a transaction that has not ended hides what was appended after it began. */
function world() {
  const hints = new LocalHints();
  const inner = new InMemoryLog(hints);
  let hidden = false;
  let failure: Error | undefined;
  const log = {
    readAll: async (from: Parameters<InMemoryLog['readAll']>[0]) => (hidden ? [] : inner.readAll(from)),
    horizon: async () => {
      if (failure) throw failure;
      return { ...(await inner.horizon()), hidden };
    },
  };
  const seen: RecordedEvent[] = [];
  const follower = new LogFollower({
    ...{ log, hints, name: 'test', categories: ['task'], logger: { error: () => undefined } },
    apply: (events) => void seen.push(...events),
  });
  const event = { type: 'TaskRemoved', at: 1, by: 'test' } as never;
  const append = () =>
    inner.append([
      { category: 'task', stream: 'task-a', expectedVersion: 0, events: [event], meta: { actor: 'test' } },
    ]);
  const fail = (error: Error | undefined) => (failure = error);
  return { follower, append, seen, fail, hide: (is: boolean) => (hidden = is) };
}

describe('following the log', () => {
  it('looks again soon at what is still hidden when it is announced', async () => {
    const { follower, append, seen, hide } = world();
    await follower.start();
    await vi.advanceTimersByTimeAsync(1);
    hide(true);
    await append();
    await vi.advanceTimersByTimeAsync(10);
    expect(seen).toEqual([]);
    hide(false);
    await vi.advanceTimersByTimeAsync(40);
    expect(seen).toHaveLength(1);
    await follower.stop();
  });

  it('waits at its start for a database that is too busy', async () => {
    const { follower, append, seen, fail } = world();
    await append();
    fail(new LogUnavailable('no connection'));
    const started = follower.start();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen).toEqual([]);
    fail(undefined);
    await vi.advanceTimersByTimeAsync(500);
    await started;
    expect(seen).toHaveLength(1);
    await follower.stop();
  });

  it('gives up at its start after half a minute, and at once when something else is wrong', async () => {
    const { follower, fail } = world();
    fail(new LogUnavailable('no connection'));
    const started = expect(follower.start()).rejects.toThrow('no connection');
    await vi.advanceTimersByTimeAsync(31_000);
    await started;
    fail(new Error('a bug'));
    await expect(follower.start()).rejects.toThrow('a bug');
  });
});
