import { describe, expect, it } from 'vitest';
import { interleave, roundSize } from './interleave.js';

describe('interleaving', () => {
  it('measures in turn and keeps what belongs together at one index', async () => {
    const order: string[] = [];
    const measured = await interleave(3, ['A', 'B'], async (name, round) => {
      order.push(name);
      return `${name}${round}`;
    });
    expect(order.join(' ')).toBe('A B A B A B');
    expect(measured).toEqual([
      ['A0', 'A1', 'A2'],
      ['B0', 'B1', 'B2'],
    ]);
  });

  it('sizes a round by the rate of the warm-up, within limits', () => {
    const limits = { seconds: 2, least: 500, most: 10_000 };
    expect(roundSize({ tasks: 1_000, seconds: 1 }, limits)).toBe(2_000);
    expect(roundSize({ tasks: 1_000, seconds: 10 }, limits)).toBe(500);
    expect(roundSize({ tasks: 1_000, seconds: 0.1 }, limits)).toBe(10_000);
  });
});
