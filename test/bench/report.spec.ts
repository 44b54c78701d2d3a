import { describe, expect, it } from 'vitest';
import { atLeast, atMost } from './figures.js';
import { formatted, type ScenarioReport, summaryOf, textOf } from './report.js';

const report: ScenarioReport = {
  id: 'b1',
  title: 'single submissions',
  seconds: 12.3,
  surroundings: { stealPercent: 1.5, busyPercent: 90, loadBefore: 0.5, loadAfter: 2 },
  series: [{ name: 'Tasksmith', unit: 'runs/s', values: [4_000, 6_000, 5_000] }],
  costs: [{ name: 'Tasksmith', unit: 'µs of CPU per task', byProcess: { client: 41.26, gateway: 120.4 } }],
  figures: [
    {
      id: 'B1',
      name: 'rate over BullMQ',
      unit: 'x',
      value: 0.9,
      pairs: [0.8, 0.9, 1.1],
      must: atLeast(0.8),
      aim: atLeast(1.2),
    },
  ],
  notes: ['a remark'],
  audits: ['300 runs, 900 events'],
};

describe('the report', () => {
  it('shows the ends and the middle of each series, and what each process cost', () => {
    const lines = textOf(report, { quick: false }).split('\n');
    expect(lines[0]).toBe('B1  single submissions');
    expect(lines[2]).toMatch(/^ {2}Tasksmith +4,000 +5,000 +6,000 {2}runs\/s$/);
    expect(lines[3]).toBe('  Tasksmith, µs of CPU per task: client 41.3, gateway 120');
  });

  it('says of each figure whether must and aim are met, and shows the pairs', () => {
    const text = textOf(report, { quick: false });
    expect(text).toContain('B1 rate over BullMQ: 0.90 x; must >= 0.8 met; aim >= 1.2 NOT MET');
    expect(text).toContain('pair by pair: 0.80  0.90  1.10');
    expect(text).toContain('90 % busy, 1.5 % stolen; load 0.5 -> 2');
  });

  it('judges upper bounds the other way round', () => {
    const figure = { id: 'B3', name: 'CPU per task', unit: 'µs', value: 150, must: atMost(200), aim: atMost(120) };
    expect(summaryOf([{ ...report, figures: [figure] }], { quick: false })).toBe(
      'Figures\n  B3   CPU per task: 150 µs; must <= 200 met; aim <= 120 NOT MET\n',
    );
  });

  it('judges nothing in a smoke', () => {
    const text = textOf(report, { quick: true });
    expect(text).toContain('must >= 0.8; aim >= 1.2');
    expect(text).not.toMatch(/met/i);
  });

  it('writes numbers with the digits that matter', () => {
    expect([12_345.6, 123.45, 12.345, 1.2345, NaN].map(formatted)).toEqual(['12,346', '123', '12.3', '1.23', '-']);
  });
});
