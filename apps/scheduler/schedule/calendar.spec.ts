import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { type ScheduleRule } from '#contracts';
import { latestInstant, nextInstant, problemOf } from './calendar.js';

const cron = (expression: string, timeZone = 'UTC'): ScheduleRule => ({ kind: 'cron', expression, timeZone });
const interval = (everyMs: number): ScheduleRule => ({ kind: 'interval', everyMs });

function instantsOf(rule: ScheduleRule, from: string, count: number): string[] {
  const instants: string[] = [];
  for (let after = Date.parse(from); instants.length < count; after = Date.parse(instants.at(-1)!))
    instants.push(new Date(nextInstant(rule, { base: 0, after })!).toISOString().slice(0, 19) + 'Z');
  return instants;
}

describe('a cron rule', () => {
  it('reads five fields, and six with seconds first', () => {
    expect(instantsOf(cron('30 9 * * 1-5'), '2026-01-02T12:00:00Z', 2)).toEqual([
      '2026-01-05T09:30:00Z',
      '2026-01-06T09:30:00Z',
    ]);
    expect(instantsOf(cron('*/20 * * * * *'), '2026-01-02T12:00:00Z', 3)).toEqual([
      '2026-01-02T12:00:20Z',
      '2026-01-02T12:00:40Z',
      '2026-01-02T12:01:00Z',
    ]);
  });

  it('knows leap days', () => {
    expect(instantsOf(cron('0 0 29 2 *'), '2026-01-01T00:00:00Z', 2)).toEqual([
      '2028-02-29T00:00:00Z',
      '2032-02-29T00:00:00Z',
    ]);
  });
});

describe('where clocks go forward', () => {
  it('moves one fixed time in the gap to the end of the gap', () => {
    expect(instantsOf(cron('30 2 * * *', 'Europe/Berlin'), '2026-03-27T12:00:00Z', 3)).toEqual([
      '2026-03-28T01:30:00Z',
      '2026-03-29T01:00:00Z', // 03:00 on the wall: 02:30 did not exist
      '2026-03-30T00:30:00Z',
    ]);
  });

  it('skips what a list or a step names in the gap', () => {
    expect(instantsOf(cron('15,45 2 * * *', 'Europe/Berlin'), '2026-03-28T12:00:00Z', 1)).toEqual([
      '2026-03-30T00:15:00Z',
    ]);
    expect(instantsOf(cron('*/30 * * * *', 'Europe/Berlin'), '2026-03-29T00:30:00Z', 2)).toEqual([
      '2026-03-29T01:00:00Z',
      '2026-03-29T01:30:00Z',
    ]);
  });
});

describe('where clocks go back', () => {
  it('is due once at one fixed time, the first of the two', () => {
    expect(instantsOf(cron('30 2 * * *', 'Europe/Berlin'), '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30:00Z',
      '2026-10-26T01:30:00Z',
    ]);
  });

  it('is due in both of the repeated hours when it repeats anyway', () => {
    expect(instantsOf(cron('0 * * * *', 'Europe/Berlin'), '2026-10-24T23:30:00Z', 3)).toEqual([
      '2026-10-25T00:00:00Z', // 02:00, summer time
      '2026-10-25T01:00:00Z', // 02:00, winter time
      '2026-10-25T02:00:00Z',
    ]);
  });

  it('does not lose the half hour of Lord Howe', () => {
    expect(instantsOf(cron('*/20 * * * *', 'Australia/Lord_Howe'), '2026-04-04T14:40:00Z', 3)).toEqual([
      '2026-04-04T15:10:00Z',
      '2026-04-04T15:30:00Z',
      '2026-04-04T15:50:00Z',
    ]);
  });
});

describe('an interval', () => {
  it('is due at its base + every, + 2 every, ...', () => {
    expect(nextInstant(interval(1_500), { base: 1_000, after: 1_000 })).toBe(2_500);
    expect(nextInstant(interval(1_500), { base: 1_000, after: 2_500 })).toBe(4_000);
    expect(nextInstant(interval(1_500), { base: 1_000, after: 0 })).toBe(2_500);
    expect(latestInstant(interval(1_500), { base: 1_000, until: 2_499 })).toBeNull();
    expect(latestInstant(interval(1_500), { base: 1_000, until: 4_100 })).toBe(4_000);
  });
});

describe('any rule', () => {
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
  const texts = [
    '*/7 * * * * *',
    '* * * * *',
    '30 2 * * *',
    '0 3 * * *',
    '15,45 1-3 * * *',
    '0 */2 * * *',
    '59 23 * * *',
  ];
  const rules = fc.oneof(
    fc.record({ kind: fc.constant('interval' as const), everyMs: fc.integer({ min: 1_000, max: 10_000_000 }) }),
    fc.record({
      kind: fc.constant('cron' as const),
      expression: fc.constantFrom(...texts),
      timeZone: fc.constantFrom(...zones),
    }),
  );
  // Around the changes of clocks in those zones, where mistakes would be.
  const changes = [
    '2026-03-08T07:00Z',
    '2026-03-29T01:00Z',
    '2026-04-04T15:00Z',
    '2026-10-03T15:30Z',
    '2026-10-25T01:00Z',
    '2026-11-01T06:00Z',
  ];
  const moments = fc
    .record({ change: fc.constantFrom(...changes), offset: fc.integer({ min: -30 * 3_600_000, max: 30 * 3_600_000 }) })
    .map(({ change, offset }) => Date.parse(change) + offset);
  const base = Date.parse('2026-01-01T00:00:00Z');

  it('names instants that strictly increase', () => {
    fc.assert(
      fc.property(rules, moments, (rule, from) => {
        for (let step = 0, after = from; step < 10; step++) {
          const next = nextInstant(rule, { base, after })!;
          expect(next).toBeGreaterThan(after);
          after = next;
        }
      }),
    );
  });

  it('misses none: from any moment on the way the next instant is the same', () => {
    fc.assert(
      fc.property(
        rules,
        moments,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (rule, from, share) => {
          const next = nextInstant(rule, { base, after: from })!;
          const between = from + Math.floor((next - from) * share);
          expect(nextInstant(rule, { base, after: between })).toBe(next);
          expect(nextInstant(rule, { base, after: next - 1 })).toBe(next);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('agrees, looking back, with what it said looking forward', () => {
    fc.assert(
      fc.property(rules, moments, fc.integer({ min: 1, max: 8 }), (rule, from, steps) => {
        let latest = from;
        for (let step = 0; step < steps; step++) latest = nextInstant(rule, { base, after: latest })!;
        const following = nextInstant(rule, { base, after: latest })!;
        expect(latestInstant(rule, { base, until: latest })).toBe(latest);
        expect(latestInstant(rule, { base, until: following - 1 })).toBe(latest);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a wrong rule', () => {
  it.each([
    ['* * * *', 'UTC', /"\* \* \* \*" is not valid: it has 4 fields/],
    ['@daily', 'UTC', /1 field\./],
    ['2030-01-01T00:00:00', 'UTC', /1 field\./],
    ['* * * * * * *', 'UTC', /7 fields/],
    ['60 * * * *', 'UTC', /minute: 60/],
    ['0 0 31 2 *', 'UTC', /no such moment/],
    ['0 0 * * *', 'Mars/Base', /no time zone "Mars\/Base"/],
    ['0 0 * * *', '', /no time zone ""/],
  ])('%s in %s is told what is wrong', (expression, timeZone, message) => {
    expect(problemOf(cron(expression, timeZone))?.message).toMatch(message);
    expect(problemOf(cron(expression, timeZone))?.hint).toMatch(/30 9|IANA/);
  });

  it('and a right one nothing', () => {
    expect(problemOf(cron('30 9 * * 1-5', 'Europe/Berlin'))).toBeUndefined();
    expect(problemOf(interval(1_000))).toBeUndefined();
  });
});
