import { expect, it } from 'vitest';
import { nextDepth } from './batch-depth.js';

it('a slot takes more jobs at one time while they are tiny', () => {
  const depths = [1];
  for (let i = 0; i < 6; i++) depths.push(nextDepth(depths.at(-1)!, { jobs: 4, busyMs: 0.2 }));
  expect(depths).toEqual([1, 2, 4, 8, 16, 16, 16]);
});

it('a slot takes one job at a time again as soon as they are not', () => {
  expect(nextDepth(16, { jobs: 16, busyMs: 9 })).toBe(1);
});
