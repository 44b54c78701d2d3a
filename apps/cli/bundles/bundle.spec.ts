import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRefused } from '#contracts';
import { inlineFiles } from './inline-files.js';
import { pack } from './pack.js';
import { type BundleFile, readFolder } from './read-folder.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tasksmith-bundle-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, content: string | Buffer = 'x'): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

describe('readFolder', () => {
  it('takes everything that belongs to the bundle, sorted, and leaves the rest', () => {
    for (const path of ['main.py', 'lib/words.py', '.dockerignore', 'data/log.txt']) put(path);
    for (const path of [
      '.git/config',
      'node_modules/a/index.js',
      'lib/__pycache__/words.pyc',
      '.venv/bin/python',
      '.env',
      '.env.local',
      'a.pyc',
      'out.log',
    ])
      put(path);
    expect((readFolder(folder) as BundleFile[]).map(({ path }) => path)).toEqual([
      '.dockerignore',
      'data/log.txt',
      'lib/words.py',
      'main.py',
    ]);
  });

  it.each([
    ['a path that is not there', () => join(folder, 'nowhere'), 'bundle.path-missing'],
    ['a file', () => (put('main.py'), join(folder, 'main.py')), 'bundle.path-missing'],
    ['an empty folder', () => folder, 'bundle.file-missing'],
    ['a link', () => (symlinkSync('/etc/passwd', join(folder, 'main.py')), folder), 'bundle.refused'],
  ])('refuses %s', (_what, path, code) => {
    const refused = readFolder(path());
    expect(isRefused(refused) && refused.refusal.code).toBe(code);
  });
});

it('sends text as it is and everything else as base64', () => {
  const files = [
    { path: 'a.txt', content: Buffer.from('Grüß') },
    { path: 'b.bin', content: Buffer.from([0xff, 0xfe, 0x00]) },
  ];
  expect(inlineFiles(files)).toEqual([
    { path: 'a.txt', content: 'Grüß', encoding: 'utf8' },
    { path: 'b.bin', content: '//4A', encoding: 'base64' },
  ]);
});

it('packs the same files into the same bytes, and nothing else', async () => {
  const files = [
    { path: 'main.py', content: Buffer.from('print(1)') },
    { path: 'lib/words.py', content: Buffer.from('') },
  ];
  const packed = await pack(files);
  expect(packed.equals(await pack(files))).toBe(true);
  const names: string[] = [];
  const entries = Readable.from([packed]).pipe(createGunzip()).pipe(tar.extract());
  for await (const entry of entries) {
    names.push(entry.header.name);
    entry.resume();
  }
  expect(names).toEqual(['main.py', 'lib/words.py']);
});
