import { expect, it } from 'vitest';
import { momentOfId, newId } from './clock.js';

it('makes UUIDs of version 7 that sort in the order they were made', () => {
  const before = Date.now();
  const ids = Array.from({ length: 20_000 }, newId);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  expect(momentOfId(ids[0]!)).toBeGreaterThanOrEqual(before);
});

it('reads from an id when it was made', () => {
  expect(momentOfId('0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e')).toBe(0x0192f0c17e1a);
});
