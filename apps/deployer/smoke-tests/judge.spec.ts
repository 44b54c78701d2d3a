import { describe, expect, it } from 'vitest';
import { judge } from './judge.js';

describe('a smoke test', () => {
  it('passes when nothing is expected but success', () => expect(judge({}, { any: 1 }).passed).toBe(true));

  it('compares whole results, whatever the order of members', () => {
    expect(judge({ expect: { a: 1, b: [2] } }, { b: [2], a: 1 }).passed).toBe(true);
    expect(judge({ expect: 3 }, 4)).toEqual({ passed: false, message: 'expected 3, got 4' });
    expect(judge({ expect: null }, null).passed).toBe(true);
  });

  it('compares the members that it names', () => {
    expect(judge({ expectContains: { words: 3 } }, { words: 3, more: true }).passed).toBe(true);
    expect(judge({ expectContains: { words: 3 } }, { words: 4 }).message).toBe('expected words to be 3, got 4');
    expect(judge({ expectContains: { words: 3 } }, 'text').passed).toBe(false);
  });
});
