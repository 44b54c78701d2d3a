import { describe, expect, it } from 'vitest';
import { plainLine } from './plain-line.js';

describe('a line that a program printed', () => {
  it.each([
    ['\u001b[91mERROR: no\u001b[0m', 'ERROR: no'],
    ['\u001b]0;evil title\u0007text', 'text'],
    ['\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001b[2J\u001b[1;1Hcleared', 'cleared'],
    ['half \u001b', 'half '],
    ['a\tb\rc\u0000d\u009bm', 'a  bcdm'],
    ['plain é 漢 🎉 [91m', 'plain é 漢 🎉 [91m'],
  ])('%j is kept as %j', (printed, kept) => {
    expect(plainLine(printed)).toBe(kept);
  });

  it('is cut where nobody would read on', () => {
    expect(plainLine('x'.repeat(1_000_000))).toHaveLength(4_000);
  });
});
