/** What the agent of the demo has in mind: the words and the code that a model would write. */
import { readFileSync } from 'node:fs';

export const TASK = 'word_stats';
export const QUEUE = 'text';

export const description =
  'Counts the words and sentences of a text, finds its most frequent words and estimates the reading time.';

export const parameters = [
  { name: 'text', type: 'str', required: true, description: 'The text, in English' },
  { name: 'top', type: 'int', required: false, default: 10, description: 'How many of the most frequent words' },
];

export const functionBody = `\
from words import most_frequent, sentences, split_words

found = split_words(text)
return {
    "characters": len(text),
    "words": len(found),
    "sentences": sentences(text),
    "mostFrequent": [{"word": word, "count": count} for word, count in most_frequent(found, top)],
    "readingMinutes": round(len(found) / 238, 1),
}
`;

export const helper = {
  filename: 'words.py',
  content: `\
"""Words of a text."""

import re
from collections import Counter

WORD = re.compile(r"[^\\W\\d_]+(?:['’][^\\W\\d_]+)*")
SENTENCE_END = re.compile(r"[.!?]+(?=\\s|$)")


def split_words(text):
    return WORD.findall(text.lower())


def sentences(text):
    return len(SENTENCE_END.findall(text)) or (1 if text.strip() else 0)


def most_frequent(words, top):
    return sorted(Counter(words).items(), key=lambda each: (-each[1], each[0]))[: max(0, top)]
`,
};

/** Made through the real queue before the deployment takes calls. */
export const smokeTests = [
  {
    task: TASK,
    arguments: { text: 'The cat saw the dog. The dog slept!', top: 2 },
    expect: {
      characters: 35,
      words: 8,
      sentences: 2,
      mostFrequent: [
        { word: 'the', count: 3 },
        { word: 'dog', count: 2 },
      ],
      readingMinutes: 0,
    },
  },
  { task: TASK, arguments: { text: '' }, expectContains: { words: 0, mostFrequent: [] } },
];

export interface WordStats {
  characters: number;
  words: number;
  sentences: number;
  mostFrequent: { word: string; count: number }[];
  readingMinutes: number;
}

/** A real text of some 100 KB, the one that comes with examples/text-stats. */
export function realText(): string {
  return readFileSync(new URL('../../../examples/text-stats/sample.txt', import.meta.url), 'utf8');
}

export function paragraphsOf(text: string): string[] {
  return text.split(/\n\s*\n/).filter((paragraph) => paragraph.trim() !== '');
}
