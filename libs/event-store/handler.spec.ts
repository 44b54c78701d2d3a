import { describe, expect, it } from 'vitest';
import { isRefused, refuse } from '#contracts';
import { createHandler, InMemoryLog, TooManyConflicts, type Decider, type EventLog } from './index.js';

type Counted = { type: 'Counted'; at: number; by: number };
type Count = { by: number; at: number };

const counter: Decider<Count, number, Counted> = {
  initial: 0,
  evolve: (total, { by }) => total + by,
  decide: ({ by, at }, total) => {
    if (total + by > 100) return refuse('rate.limited', `counting ${by} more would make more than 100`);
    return by === 0 ? [] : [{ type: 'Counted', at, by }];
  },
};
const meta = { actor: 'service:spec' };
const counting = (log: EventLog) => createHandler({ log, decider: counter, category: 'task', jitterMs: () => 0 });

describe('a handler', () => {
  it('folds, decides and appends', async () => {
    const handler = counting(new InMemoryLog());
    expect(await handler.handle('a', { by: 3, at: 1 }, meta)).toEqual({
      state: 3,
      version: 1,
      events: [{ type: 'Counted', at: 1, by: 3 }],
    });
    expect(await handler.handle('a', { by: 4, at: 2 }, meta)).toMatchObject({ state: 7, version: 2 });
    expect(await handler.load('a')).toEqual({ state: 7, version: 2 });
    expect(await handler.load('b')).toEqual({ state: 0, version: 0 });
  });

  it('answers with the state when there is nothing to do', async () => {
    const handler = counting(new InMemoryLog());
    await handler.handle('a', { by: 3, at: 1 }, meta);
    expect(await handler.handle('a', { by: 0, at: 2 }, meta)).toEqual({ state: 3, version: 1, events: [] });
  });

  it('passes a refusal on and writes nothing', async () => {
    const log = new InMemoryLog();
    expect(isRefused(await counting(log).handle('a', { by: 101, at: 1 }, meta))).toBe(true);
    expect(await log.readStream('task-a')).toEqual([]);
  });

  it('decides again on the newest state when another was faster', async () => {
    const handler = counting(new InMemoryLog());
    const commands = Array.from({ length: 8 }, (_, at) => handler.handle('a', { by: 1, at }, meta));
    await Promise.all(commands);
    expect(await handler.load('a')).toEqual({ state: 8, version: 8 });
  });

  it('gives up after ten conflicts', async () => {
    const log = new InMemoryLog();
    let tries = 0;
    const contested = Object.assign(Object.create(log) as EventLog, {
      append: async () => {
        tries += 1;
        return 'conflict' as const;
      },
    });
    await expect(counting(contested).handle('a', { by: 1, at: 1 }, meta)).rejects.toThrow(TooManyConflicts);
    expect(tries).toBe(10);
  });
});
