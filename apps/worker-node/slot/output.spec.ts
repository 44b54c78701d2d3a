import { describe, expect, it } from 'vitest';
import { type LogLine } from './messages.js';
import { Output } from './output.js';

function output() {
  const lines: LogLine[] = [];
  let dropped = 0;
  const made = new Output(
    (more) => lines.push(...more),
    (count) => (dropped = count),
  );
  return { made, texts: () => lines.map(({ stream, text }) => `${stream}: ${text}`), dropped: () => dropped };
}

describe('output', () => {
  it('is told line by line, for each stream', () => {
    const { made, texts } = output();
    made.write('stdout', 'on');
    made.write('stderr', 'warn\r\n');
    made.write('stdout', 'e\ntwo\nthr');
    made.log('noted');
    made.end();
    expect(texts()).toEqual(['stderr: warn', 'stdout: one', 'stdout: two', 'log: noted', 'stdout: thr']);
  });

  it('keeps 1,000 lines and counts the others', () => {
    const { made, texts, dropped } = output();
    made.write('stdout', 'x\n'.repeat(700));
    made.write('stdout', 'x\n'.repeat(700));
    expect([texts().length, dropped()]).toEqual([1_000, 400]);
    made.end();
    expect(texts().at(-1)).toBe('log: 400 more lines were dropped');
  });

  it('cuts long lines, also those without an end', () => {
    const { made, texts } = output();
    made.write('stdout', `${'x'.repeat(9_000)}\n`);
    made.write('stdout', 'y'.repeat(9_000));
    expect(texts().map((text) => text.length)).toEqual([4_008, 4_008]);
  });
});
