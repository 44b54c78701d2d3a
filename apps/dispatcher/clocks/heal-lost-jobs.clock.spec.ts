import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Lane, type RunId } from '#contracts';
import { newId } from '#lifecycle';
import { type DueRun } from '../queries/live-runs.js';
import { HealLostJobsClock, type HealLostJobsParts } from './heal-lost-jobs.clock.js';

const STARTED_AT = 1_760_000_000_000;
const lane = 'main' as Lane;

let clock: HealLostJobsClock;
afterEach(() => clock.stop());

/** A view with these due runs beside a queue that knows no job: what is looked at is pushed. */
function healing(due: readonly DueRun[]) {
  let now = STARTED_AT;
  const pushed = new Set<RunId>();
  const live = {
    page: vi.fn(async () => []),
    waitingDue: vi.fn(async ({ after, until, limit }: { after: number; until: number; limit: number }) =>
      due.filter(({ dueAt }) => dueAt > after && dueAt <= until).slice(0, limit),
    ),
  };
  const parts = {
    live,
    ahead: { writeLeftBehind: async () => 0 },
    queue: { wasWiped: async () => false, missing: async (_: Lane, jobIds: readonly string[]) => jobIds },
    pusher: {
      pushRuns: async (runIds: readonly RunId[]) => {
        for (const runId of runIds) pushed.add(runId);
        return runIds.length;
      },
    },
    clock: { now: () => now },
    intervalMs: 1,
    catchUp: async () => undefined,
    onHealed: () => undefined,
    onError: (error: unknown) => expect.fail(String(error)),
  };
  clock = new HealLostJobsClock(parts as unknown as HealLostJobsParts);
  const later = () => (now += 60_000);
  return { live, pushed, later };
}

const dueRuns = (count: number, dueAt: (n: number) => number): DueRun[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ runId: newId() as RunId, lane, status: 'waiting', attempt: 0 },
    dueAt: dueAt(n),
  }));

describe('healing lost jobs', () => {
  it('looks at all that became due, however much it is, and at nothing else', async () => {
    const { live, pushed, later } = healing(dueRuns(7_000, (n) => STARTED_AT + 1 + Math.floor(n / 1_000)));
    await clock.start();
    await vi.waitFor(() => expect(live.page).toHaveBeenCalledTimes(1));
    later();
    await vi.waitFor(() => expect(pushed.size).toBe(7_000));
    const looks = live.waitingDue.mock.calls.length;
    await vi.waitFor(() => expect(live.waitingDue.mock.calls.length).toBeGreaterThan(looks + 2));
    expect(live.page).toHaveBeenCalledTimes(1);
  });

  it('looks at everything when more became due in one moment than it takes at once', async () => {
    const { live, later } = healing(dueRuns(5_000, () => STARTED_AT + 1));
    await clock.start();
    await vi.waitFor(() => expect(live.page).toHaveBeenCalledTimes(1));
    later();
    await vi.waitFor(() => expect(live.page).toHaveBeenCalledTimes(2));
  });
});
