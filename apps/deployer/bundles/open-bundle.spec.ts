import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type BundleSource, isRefused, type Refusal } from '#contracts';
import { tarGz, type TarEntry, zip, type ZipEntry } from './archives.fixture.js';
import { type Bundle } from './bundle.js';
import { limitsOf } from './limits.js';
import { openBundle } from './open-bundle.js';
import { packBundle, unpackBundle } from './packing.js';

const limits = limitsOf(1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'tasksmith-open-bundle-'));
afterAll(() => rmSync(folder, { recursive: true }));

const open = (source: BundleSource, more = {}) => openBundle(source, { limits, folders: [], ...more });
const archive = (format: 'tar.gz' | 'zip', bytes: Buffer): BundleSource => ({
  kind: 'archive',
  format,
  base64: bytes.toString('base64'),
});
const files = (...named: [path: string, content: string][]): BundleSource => ({
  kind: 'files',
  files: named.map(([path, content]) => ({ path, content, encoding: 'utf8' })),
});
const opened = async (source: BundleSource): Promise<Bundle> => {
  const bundle = await open(source);
  if (isRefused(bundle)) throw new Error(bundle.refusal.message);
  return bundle;
};
const refusal = async (source: BundleSource, more = {}): Promise<Refusal> => {
  const refused = await open(source, more);
  if (!isRefused(refused)) throw new Error('the bundle was not refused');
  return refused.refusal;
};

describe('opening a bundle', () => {
  it('gives the same files and address, however they came in', async () => {
    const inline = await opened(files(['main.py', 'print(1)'], ['lib/a.py', 'x = 1']));
    const tar = await opened(
      archive(
        'tar.gz',
        await tarGz([
          { name: './', type: 'directory' },
          { name: './lib/', type: 'directory' },
          { name: './lib/a.py', content: 'x = 1' },
          { name: './main.py', content: 'print(1)' },
        ]),
      ),
    );
    const zipped = await opened(
      archive(
        'zip',
        zip([
          { name: 'main.py', content: 'print(1)' },
          { name: 'lib/a.py', content: 'x = 1' },
        ]),
      ),
    );
    expect(tar).toEqual(inline);
    expect(zipped).toEqual(inline);
    expect(inline.files.map(({ path }) => path)).toEqual(['lib/a.py', 'main.py']);
  });

  it('gives another address when a byte, a name or the cut between files differs', async () => {
    const addresses = await Promise.all(
      [files(['a', 'xy']), files(['a', 'xz']), files(['b', 'xy']), files(['a', 'x'], ['ay', ''])].map(
        async (source) => (await opened(source)).sha256,
      ),
    );
    expect(new Set(addresses).size).toBe(4);
  });

  it('keeps every byte through packing', async () => {
    const bundle = await opened(
      files(['main.py', 'é\u0000\n'], ['empty', ''], [`${'d/'.repeat(14)}${'n'.repeat(150)}`, 'x']),
    );
    expect(await unpackBundle(await packBundle(bundle))).toEqual(bundle);
  });

  it('reads a folder that the operator has allowed, and what is below it, without the litter of tools', async () => {
    const code = join(folder, 'allowed/code');
    for (const name of ['.git', 'node_modules', 'lib']) mkdirSync(join(code, name), { recursive: true });
    for (const name of ['main.py', 'lib/a.py', '.git/config', 'node_modules/x.js'])
      writeFileSync(join(code, name), 'x');
    const bundle = await open({ kind: 'folder', path: code }, { folders: [join(folder, 'allowed')] });
    expect(isRefused(bundle) || bundle.files.map(({ path }) => path)).toEqual(['lib/a.py', 'main.py']);
  });

  it('tells an absent folder and one that is not allowed alike', async () => {
    const outside = join(folder, 'outside');
    mkdirSync(outside, { recursive: true });
    mkdirSync(join(folder, 'open'), { recursive: true });
    symlinkSync(outside, join(folder, 'open/way-out'));
    const folders = [join(folder, 'open')];
    for (const path of [
      outside,
      join(folder, 'nowhere'),
      join(folder, 'open/way-out'),
      join(folder, 'open/../outside'),
    ])
      expect(await refusal({ kind: 'folder', path }, { folders })).toMatchObject({ code: 'bundle.path-missing' });
  });

  it('refuses a folder with a link in it', async () => {
    const code = join(folder, 'linked');
    mkdirSync(code);
    symlinkSync('/etc/passwd', join(code, 'main.py'));
    expect(await refusal({ kind: 'folder', path: code }, { folders: [folder] })).toMatchObject({
      code: 'bundle.refused',
      message: expect.stringContaining('"main.py"'),
    });
  });
});

const hostileNames: [name: string, reason: RegExp][] = [
  ['../evil.py', /leads out/],
  ['a/../../evil.py', /leads out/],
  ['/etc/cron.d/evil', /absolute/],
  ['C:\\evil.py', /backslash/],
  ['C:/evil.py', /drive letter/],
  ['..\\evil.py', /backslash/],
  ['a//b.py', /empty part/],
  ['a/./b.py', /empty part/],
  ['new\nline.py', /control/],
  ['bell\u0007.py', /control/],
  ['\u202Eyp.exe', /control/],
  [`${'d/'.repeat(16)}f.py`, /deep/],
  ['n'.repeat(241), /longer/],
  ['.tasksmith/laid-out', /platform/],
  ['.TaskSmith/laid-out', /platform/],
];

describe.each([
  ['inline files', async (names: string[]) => files(...names.map((name): [string, string] => [name, 'x']))],
  [
    'a tar.gz',
    async (names: string[]) => archive('tar.gz', await tarGz(names.map((name) => ({ name, content: 'x' })))),
  ],
  ['a zip', async (names: string[]) => archive('zip', zip(names.map((name) => ({ name, content: 'x' }))))],
])('a bundle as %s', (_, sourceOf) => {
  it.each(hostileNames)('is refused whole for the name %j', async (name, reason) => {
    expect(await refusal(await sourceOf(['main.py', name]))).toMatchObject({
      code: 'bundle.refused',
      message: expect.stringMatching(reason),
    });
  });

  it.each([
    ['twice', ['main.py', 'main.py']],
    ['in another case', ['Main.py', 'main.py']],
    ['in another Unicode form', ['caf\u00e9.py', 'cafe\u0301.py']],
    ['as file and folder', ['lib', 'lib/a.py']],
    ['as folder and file', ['lib/a.py', 'lib']],
    ['as a folder in another case', ['lib/a.py', 'LIB/b.py']],
  ])('is refused whole when a name is there %s', async (__, names) => {
    expect(await refusal(await sourceOf(names))).toMatchObject({
      code: 'bundle.refused',
      message: expect.stringMatching(/same as/),
      details: { entry: names[1] },
    });
  });

  it('is refused when it is too large', async () => {
    const many = Array.from({ length: 1_001 }, (__, index) => `f${index}`);
    expect(await refusal(await sourceOf(many))).toMatchObject({ code: 'bundle.too-large' });
  });

  it('takes names that mean something to a shell as what they are', async () => {
    const names = ['$(touch evil)', '; rm -rf', '`id`.py', "it's", '-rf', '*'];
    expect((await opened(await sourceOf(names))).files.map(({ path }) => path)).toEqual([...names].sort());
  });
});

describe('a hostile tar.gz', () => {
  const kinds = ['symlink', 'link', 'fifo', 'character-device', 'block-device'] as const;
  it.each(kinds)('is refused for a %s', async (type) => {
    const entries: TarEntry[] = [
      { name: 'main.py', content: 'x' },
      { name: 'evil', type, linkname: '/etc/passwd' },
    ];
    expect(await refusal(archive('tar.gz', await tarGz(entries)))).toMatchObject({
      code: 'bundle.refused',
      message: expect.stringMatching(new RegExp(`"evil" was refused: it is a ${type}`)),
    });
  });

  it('is refused when cut off, when it is not gzip, when it is not tar', async () => {
    const whole = await tarGz([{ name: 'main.py', content: 'x'.repeat(5_000) }]);
    const broken = [
      whole.subarray(0, whole.length - 20),
      gzipSync(gunzipSync(whole).subarray(0, 1_024)),
      Buffer.from('hello'),
      gzipSync(Buffer.from('hello'.repeat(1_000))),
      Buffer.alloc(0),
    ];
    for (const bytes of broken)
      expect(await refusal(archive('tar.gz', bytes))).toMatchObject({ code: 'bundle.refused' });
  });

  it('is refused when it is empty or holds folders only', async () => {
    for (const entries of [[], [{ name: 'lib', type: 'directory' as const }]])
      expect(await refusal(archive('tar.gz', await tarGz(entries)))).toMatchObject({
        message: expect.stringMatching(/empty/),
      });
  });

  it('is given up early when it is a bomb', async () => {
    const large = limitsOf(20_000_000);
    const bomb = await tarGz([{ name: 'zeros', content: Buffer.alloc(120_000_000) }]);
    const { answer, ms, bytes } = await measured(() => refusal(archive('tar.gz', bomb), { limits: large }));
    expect(answer.code).toMatch(/^bundle\.(refused|too-large)$/);
    expect(ms).toBeLessThan(2_000);
    expect(bytes).toBeLessThan(100_000_000);
  });
});

describe('a hostile zip', () => {
  const cases: [string, ZipEntry, RegExp][] = [
    ['a symlink', { name: 'evil', content: '/etc/passwd', mode: 0o120777 }, /symlink/],
    ['a device', { name: 'evil', mode: 0o020666 }, /not a regular file/],
    ['an encrypted entry', { name: 'evil', flags: 0x801 }, /encrypted/],
    ['an unknown packing', { name: 'evil', method: 12 }, /method 12/],
    ['a size that lies', { name: 'evil', content: 'x'.repeat(100), claimedSize: 10 }, /zip/],
    ['a name that is not UTF-8', { name: Buffer.from([0xff, 0xfe]) }, /unreadable/],
  ];
  it.each(cases)('is refused for %s', async (_, entry, reason) => {
    const source = archive('zip', zip([{ name: 'main.py', content: 'x' }, entry]));
    expect(await refusal(source)).toMatchObject({ code: 'bundle.refused', message: expect.stringMatching(reason) });
  });

  it('is given up early when it is a bomb, also when it lies about it', async () => {
    const zeros = Buffer.alloc(120_000_000);
    for (const claimed of [{}, { claimedSize: 1_000 }]) {
      const bomb = zip([{ name: 'zeros', content: zeros, ...claimed }]);
      const { answer, ms, bytes } = await measured(() => refusal(archive('zip', bomb)));
      expect(answer.code).toMatch(/^bundle\.(refused|too-large)$/);
      expect(ms).toBeLessThan(2_000);
      expect(bytes).toBeLessThan(100_000_000);
    }
  });
});

describe('any bytes at all', () => {
  it('are refused or opened, never a crash', async () => {
    const good = {
      'tar.gz': await tarGz([{ name: 'main.py', content: 'x' }]),
      zip: zip([{ name: 'main.py', content: 'x' }]),
    };
    const damage = fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { minLength: 1, maxLength: 8 });
    const format = fc.constantFrom('tar.gz' as const, 'zip' as const);
    await fc.assert(
      fc.asyncProperty(format, damage, fc.boolean(), async (name, changes, insideGzip) => {
        const isInside = insideGzip && name === 'tar.gz';
        const bytes = Buffer.from(isInside ? gunzipSync(good[name]) : good[name]);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const answer = await open(archive(name, isInside ? gzipSync(bytes) : bytes));
        expect(isRefused(answer) || answer.files.length > 0).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

async function measured<T>(act: () => Promise<T>): Promise<{ answer: T; ms: number; bytes: number }> {
  const before = process.memoryUsage().rss;
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
  const from = performance.now();
  const answer = await act();
  clearInterval(watch);
  return { answer, ms: performance.now() - from, bytes: Math.max(most, process.memoryUsage().rss) - before };
}
