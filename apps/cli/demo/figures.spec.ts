import { describe, expect, it } from 'vitest';
import { eachOf, percentile } from './figures.js';

describe('percentile', () => {
  it('is the smallest value that the share does not exceed', () => {
    const values = [5, 1, 4, 2, 3, 6, 7, 8, 9, 10];
    expect([0.5, 0.95, 1].map((share) => percentile(values, share))).toEqual([5, 10, 10]);
    expect(percentile([7], 0.5)).toBe(7);
  });
});

describe('eachOf', () => {
  it('does every item once, so many at a time', async () => {
    const done: number[] = [];
    let underWay = 0;
    let most = 0;
    await eachOf([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      done.push(item);
      underWay -= 1;
    });
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });
});
