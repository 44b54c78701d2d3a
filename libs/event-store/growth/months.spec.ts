import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId } from '#lifecycle';
import { DAY_MS, firstRunId, isPast, missingMonths, monthOf, partitionName, spanOf, startOf } from './months.js';

const july = monthOf(Date.UTC(2026, 6, 15));
const names = (months: readonly number[]) => months.map((from) => partitionName('runs', { from, to: from + 1 }));

describe('months', () => {
  it('begin at midnight UTC of their first day', () => {
    expect(startOf(july)).toBe(Date.UTC(2026, 6, 1));
    expect(monthOf(startOf(july))).toBe(july);
    expect(monthOf(startOf(july) - 1)).toBe(july - 1);
  });

  it('have the run ids that are made in them, and no others', () => {
    expect(firstRunId(july)).toBe('019f1af9-b400-0000-0000-000000000000');
    const id = newId();
    const now = monthOf(Date.now());
    expect(firstRunId(now) < id && id < firstRunId(now + 1)).toBe(true);
  });

  it('tell their names, and names tell them', () => {
    expect(partitionName('runs', { from: july, to: july + 1 })).toBe('runs_2026_07');
    expect(partitionName('runs', { from: null, to: july })).toBe('runs_before_2026_07');
    const spans = fc
      .integer({ min: 1970 * 12, max: 9999 * 12 })
      .chain((month) => fc.constantFrom({ from: month, to: month + 1 }, { from: null, to: month }));
    fc.assert(
      fc.property(spans, (span) => {
        expect(spanOf('runs', partitionName('runs', span))).toEqual(span);
      }),
    );
    expect(spanOf('runs', 'runs_default')).toBeUndefined();
    expect(spanOf('runs', 'events_2026_07')).toBeUndefined();
  });
});

describe('the months that a partition is missing for', () => {
  const now = Date.UTC(2026, 10, 22);

  it('are, on a new log, the one before, the current one and those ahead', () => {
    expect(names(missingMonths([], now, 2))).toEqual(['runs_2026_10', 'runs_2026_11', 'runs_2026_12', 'runs_2027_01']);
  });

  it('go on from where the known ones end, however long ago that is', () => {
    const known = [{ from: null, to: july }];
    expect(names(missingMonths(known, now, 0))).toEqual(names([july, july + 1, july + 2, july + 3, july + 4]));
  });

  it('are none when all are there', () => {
    const known = [
      { from: null, to: july + 4 },
      { from: july + 4, to: july + 5 },
    ];
    expect(missingMonths(known, now, 0)).toEqual([]);
  });
});

describe('a partition is past', () => {
  it('once the last moment of its month is as long ago as runs are kept', () => {
    const span = { from: july, to: july + 1 };
    const end = Date.UTC(2026, 7, 1);
    expect(isPast(span, end + 90 * DAY_MS - 1, 90)).toBe(false);
    expect(isPast(span, end + 90 * DAY_MS, 90)).toBe(true);
  });
});
