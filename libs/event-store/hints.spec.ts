import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Category } from '#contracts';
import { CoalescedAnnouncements, LocalHints } from './hints.js';

describe('hints', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('reach everyone who wants them, until they stop', () => {
    const hints = new LocalHints();
    const [ofAll, ofTasks] = [vi.fn(), vi.fn()];
    const stop = hints.onAppended(ofAll);
    hints.onAppended(ofTasks, ['task', 'key']);
    hints.announce(['run']);
    expect(ofAll).toHaveBeenCalledTimes(1);
    stop();
    hints.announce(['task', 'key']);
    expect(ofAll).toHaveBeenCalledTimes(1);
    expect(ofTasks).toHaveBeenCalledTimes(1);
  });

  const announcementsAt = (firstAtOnce: boolean, longestQuietMs = 5) => {
    const announced: (readonly Category[])[] = [];
    const hints = { announce: (categories: readonly Category[]) => void announced.push(categories) };
    const pace = (category: Category) => ({ quietMs: category === 'run' ? 5 : 1, longestQuietMs, firstAtOnce });
    return { announced, announcements: new CoalescedAnnouncements(hints, pace) };
  };

  it('are passed on at once when all was quiet, then together, and never lost', () => {
    const { announced, announcements } = announcementsAt(true);
    announcements.announce(['run']);
    announcements.announce(['run', 'task']);
    announcements.announce(['run']);
    expect(announced).toEqual([['run'], ['task']]);
    vi.advanceTimersByTime(5);
    expect(announced).toEqual([['run'], ['task'], ['run']]);
    vi.advanceTimersByTime(50);
    expect(announced).toHaveLength(3);
    announcements.announce(['run']);
    expect(announced).toHaveLength(4);
  });

  it('of what can wait are passed on together a little later, and never lost', () => {
    const { announced, announcements } = announcementsAt(false);
    announcements.announce(['run']);
    announcements.announce(['run']);
    expect(announced).toEqual([]);
    vi.advanceTimersByTime(5);
    expect(announced).toEqual([['run']]);
    vi.advanceTimersByTime(50);
    announcements.announce(['run']);
    vi.advanceTimersByTime(4);
    expect(announced).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(announced).toHaveLength(2);
  });

  it('are passed on less and less often while they keep coming, and soon again after a rest', () => {
    const { announced, announcements } = announcementsAt(false, 18);
    const countAfter = (steps: number) => {
      for (let ms = 0; ms < steps; ms++) {
        announcements.announce(['run']);
        vi.advanceTimersByTime(1);
      }
      return announced.length;
    };
    // At 5, 5 + 10, 15 + 18, 33 + 18.
    expect([countAfter(4), countAfter(1), countAfter(9), countAfter(1), countAfter(17), countAfter(1)]).toEqual([
      0, 1, 1, 2, 2, 3,
    ]);
    expect([countAfter(17), countAfter(1)]).toEqual([3, 4]);
    vi.advanceTimersByTime(50);
    expect(announced).toHaveLength(4);
    expect([countAfter(4), countAfter(1)]).toEqual([4, 5]);
  });
});
