import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Format } from './formats.js';
import { Output } from './output.js';
import { duration, short } from './values.js';

interface Thing {
  id: string;
  size: number;
}
const things: Thing[] = [
  { id: 'a', size: 1 },
  { id: 'longer', size: 22 },
];
const view = {
  name: ({ id }: Thing) => id,
  empty: 'There are none.',
  columns: [
    { head: 'ID', of: ({ id }: Thing) => id },
    { head: 'SIZE', of: ({ size }: Thing) => String(size) },
  ],
};

function shown(format: Format, items: Thing[], quiet = false): { stdout: string; stderr: string } {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  new Output(streams as unknown as ConstructorParameters<typeof Output>[0], format, quiet).list(items, view);
  const read = (stream: PassThrough) => (stream.read() as Buffer | null)?.toString() ?? '';
  return { stdout: read(streams.stdout), stderr: read(streams.stderr) };
}

describe('a list', () => {
  it.each([
    ['table', 'ID       SIZE\na        1\nlonger   22\n'],
    ['json', `${JSON.stringify(things, null, 2)}\n`],
    ['ndjson', '{"id":"a","size":1}\n{"id":"longer","size":22}\n'],
    ['yaml', '- id: a\n  size: 1\n- id: longer\n  size: 22\n'],
    ['name', 'a\nlonger\n'],
  ] as const)('goes to stdout as %s', (format, stdout) => {
    expect(shown(format, things)).toEqual({ stdout, stderr: '' });
  });

  it.each([
    ['table', { stdout: '', stderr: 'There are none.\n' }],
    ['json', { stdout: '[]\n', stderr: '' }],
    ['name', { stdout: '', stderr: '' }],
    ['ndjson', { stdout: '', stderr: '' }],
  ] as const)('that is empty, as %s, says so to people only', (format, streams) => {
    expect(shown(format, [])).toEqual(streams);
  });

  it('says nothing to people who asked for quiet', () => {
    expect(shown('table', [], true)).toEqual({ stdout: '', stderr: '' });
  });
});

it.each([
  [850, '850 ms'],
  [2_000, '2 s'],
  [12_340, '12.3 s'],
  [250_000, '4 min 10 s'],
])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

it('cuts to one line of a width', () => {
  expect(short('one\n two   three', 9)).toBe('one two …');
});
