import { expect, it } from 'vitest';
import { type OutcomeEntry } from '#queue';
import { firstOf } from './outcome-loop.js';

const entries = (...sizes: number[]) => sizes.map((length) => ({ jobs: Array.from({ length }) }) as OutcomeEntry);

it.each([
  [[], 0],
  [[3], 1],
  [[30, 1], 1],
  [[4, 6, 1], 2],
  [[4, 7, 1], 1],
  [[1, 2, 3], 3],
])('of entries with %j runs takes as many as have ten together, one at least', (sizes, expected) => {
  const all = entries(...sizes);
  expect(firstOf(all, 10)).toEqual(all.slice(0, expected));
});
