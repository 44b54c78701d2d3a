import { describe, expect, it } from 'vitest';
import { medianOf, pairRatios, percentileOf, spreadOf } from './statistics.js';

describe('the statistics of a benchmark', () => {
  it('take the value in the middle, or the mean of the two there', () => {
    expect(medianOf([9, 1, 5])).toBe(5);
    expect(medianOf([4, 1, 3, 2])).toBe(2.5);
    expect(medianOf([])).toBeNaN();
  });

  it('name the ends beside the middle', () => {
    expect(spreadOf([10, 2, 30])).toEqual({ min: 2, median: 10, max: 30 });
  });

  it('take percentiles by rank', () => {
    const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect(percentileOf(hundred, 0.5)).toBe(50);
    expect(percentileOf(hundred, 0.99)).toBe(99);
    expect(percentileOf([7], 0.99)).toBe(7);
  });

  it('compare pair by pair, and leave out a half pair', () => {
    expect(pairRatios([10, 20, 30], [5, 40])).toEqual([2, 0.5]);
  });
});
