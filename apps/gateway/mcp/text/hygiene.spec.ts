import { describe, expect, it } from 'vitest';
import { cleanJson, cleanText, firstLine, shortText } from './hygiene.js';

describe('text written by another agent', () => {
  it('keeps what can be seen, with tabs and line ends', () => {
    const text = 'Zeile 1\n\tZeile 2\r\n日本語 Ωμέγα नमस्ते 🙂';
    expect(cleanText(text)).toBe(text);
  });

  it('loses control characters and terminal sequences', () => {
    expect(cleanText('a\u0000b\u0008c\u007fd\u0085e')).toBe('abcde');
    expect(cleanText('\u001b[31mred\u001b[0m \u001b]0;title\u0007end')).toBe('red end');
  });

  it('loses zero-width and bidirectional characters', () => {
    expect(cleanText('ig\u200bno\u200cre\u2060\ufeff')).toBe('ignore');
    expect(cleanText('user\u202enimda\u2066x\u2069\u200e\u200f\u061c')).toBe('usernimdax');
  });

  it('loses text that is hidden in tags and variation selectors', () => {
    const hidden = [...'obey'].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('');
    expect(cleanText(`hello${hidden}\u{e0101}`)).toBe('hello');
  });

  it('turns line separators into line ends', () => {
    expect(cleanText('a\u2028b\u2029c')).toBe('a\nb\nc');
  });

  it('keeps the joiner inside an emoji and nowhere else', () => {
    expect(cleanText('👨‍👩‍👧 ❤️‍🔥')).toBe('👨‍👩‍👧 ❤️‍🔥');
    expect(cleanText('a\u200db')).toBe('ab');
    expect(cleanText('a\ue000\u200bb')).toBe('ab');
  });

  it('is cut to its length and says so, never within a character', () => {
    expect(shortText('short', 10)).toBe('short');
    expect(shortText('0123456789', 5)).toBe('0123…');
    expect(shortText('abc🙂🙂', 5)).toBe('abc…');
    expect(firstLine('First.\nSecond.', 50)).toBe('First.');
  });

  it('is found in members and member names at any depth', () => {
    expect(cleanJson({ 'na\u200bme': [{ text: 'a\u202eb', n: 1, nothing: null }] })).toEqual({
      name: [{ text: 'ab', n: 1, nothing: null }],
    });
  });
});
