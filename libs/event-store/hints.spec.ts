import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Category } from '#contracts';
import { CoalescedAnnouncements, LocalHints } from './hints.js';

describe('hints', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('reach everyone who listens, until they stop', () => {
    const hints = new LocalHints();
    const [one, other] = [vi.fn(), vi.fn()];
    const stop = hints.onAppended(one);
    hints.onAppended(other);
    hints.announce(['run']);
    stop();
    hints.announce(['task']);
    expect(one.mock.calls).toEqual([[['run']]]);
    expect(other.mock.calls).toEqual([[['run']], [['task']]]);
  });

  it('are passed on at once when all was quiet, then together, and never lost', () => {
    const announced: (readonly Category[])[] = [];
    const announcements = new CoalescedAnnouncements(
      { announce: (categories) => void announced.push(categories) },
      (category) => (category === 'run' ? 5 : 1),
    );
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
});
