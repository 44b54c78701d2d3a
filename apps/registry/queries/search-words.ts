/** Takes a search text apart into the words that must all be found. */
const MOST_WORDS = 12;

/** Lower case letters and digits only, so that a word is safe inside a pattern. */
export function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words)].slice(0, MOST_WORDS);
}
