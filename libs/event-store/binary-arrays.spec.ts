import { expect, it } from 'vitest';
import { int8Array, textArray } from './binary-arrays.js';

const HEADER = 20;

it('writes whole numbers of eight bytes, whatever their sign', () => {
  const values = [
    0,
    1,
    -1,
    2 ** 32 - 1,
    2 ** 32,
    -(2 ** 32) - 1,
    1_763_900_000_000,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ];
  const bytes = int8Array(values);
  const read = values.map((_, n) => bytes.readBigInt64BE(HEADER + n * 12 + 4));
  expect(read).toEqual(values.map(BigInt));
  expect(bytes).toHaveLength(HEADER + values.length * 12);
});

it('writes a null as its length alone, and says in the header that there is one', () => {
  const bytes = int8Array([null, 5]);
  expect(bytes.readInt32BE(4)).toBe(1);
  expect(bytes.readInt32BE(HEADER)).toBe(-1);
  expect(bytes.readBigInt64BE(HEADER + 8)).toBe(5n);
  expect(bytes).toHaveLength(HEADER + 4 + 12);
});

it('counts the bytes of a text, not its letters', () => {
  const bytes = textArray(['a', 'ä€😀']);
  expect(bytes.readInt32BE(HEADER + 5)).toBe(9);
  expect(bytes.subarray(HEADER + 9).toString()).toBe('ä€😀');
});

it.each([Number.NaN, 1.5, 2 ** 53])('does not write %d as a whole number', (value) => {
  expect(() => int8Array([value])).toThrow(RangeError);
});
