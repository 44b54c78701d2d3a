import { describe, expect, it } from 'vitest';
import { distanceBetween, nearestName } from './nearest-name.js';

describe('the nearest name', () => {
  it('is the one with the fewest slips', () => {
    const names = ['fetch_users', 'fetch_orders', 'add'];
    expect(nearestName('fecth_users', names)).toBe('fetch_users');
    expect(nearestName('fetch_order', names)).toBe('fetch_orders');
    expect(nearestName('ad', names)).toBe('add');
  });

  it('is none when all are far', () => {
    expect(nearestName('resize_image', ['fetch_users', 'add'])).toBeUndefined();
    expect(nearestName('add', [])).toBeUndefined();
  });

  it.each([
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['kitten', 'sitting', 3],
  ])('from %s to %s takes %i', (one, other, distance) => {
    expect(distanceBetween(one, other)).toBe(distance);
    expect(distanceBetween(other, one)).toBe(distance);
  });
});
