import { expect, it } from 'vitest';
import { DEEPEST, nextDepth } from './batch-depth.js';

it('a slot takes more jobs at one time while they are tiny', () => {
  const depths = [1];
  for (let i = 0; i < 8; i++) depths.push(nextDepth(depths.at(-1)!, { jobs: 4, busyMs: 0.04 }));
  expect(depths).toEqual([1, 2, 4, 8, 16, 32, DEEPEST, DEEPEST, DEEPEST]);
});

it('a slot takes no more jobs than a millisecond holds', () => {
  expect(nextDepth(16, { jobs: 4, busyMs: 0.4 })).toBe(10);
});

it('a slot takes one job at a time again as soon as they are not tiny', () => {
  expect(nextDepth(64, { jobs: 16, busyMs: 9 })).toBe(1);
});
