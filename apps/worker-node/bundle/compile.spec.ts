import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { compileBundle } from './compile.js';
import { modulesOf } from './manifest.js';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function bundle(files: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), 'tasksmith-spec-'));
  folders.push(dir);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}

function compile(files: Record<string, string>) {
  const compiled = compileBundle({ bundleDir: bundle(files), entry: null });
  folders.push(compiled.outDir);
  return compiled;
}

const load = async (files: Record<string, string>): Promise<Record<string, unknown>> =>
  (await import(/* @vite-ignore */ compile(files).modules[0]!.url)) as Record<string, unknown>;

describe('a bundle', () => {
  it('begins with its entry: the setting, else the manifest, else main', () => {
    const files = { 'main.ts': '', 'other.mjs': '', 'src/third.ts': '', 'tasksmith.json': '{"entry":"other.mjs"}' };
    const dir = bundle(files);
    expect(modulesOf(dir, 'src/third').map(({ path }) => path)).toEqual(['src/third.ts']);
    expect(modulesOf(dir, null).map(({ path }) => path)).toEqual(['other.mjs']);
    expect(modulesOf(bundle({ 'main.js': '' }), null).map(({ path }) => path)).toEqual(['main.js']);
  });

  it('may name plain functions', () => {
    const tasks = [
      { name: 'add', function: 'math:plus' },
      { name: 'sub', function: 'lib/more.ts:minus' },
    ];
    const dir = bundle({ 'math.ts': '', 'lib/more.ts': '', 'tasksmith.json': JSON.stringify({ tasks }) });
    expect(modulesOf(dir, null)).toEqual([
      { path: 'math.ts', functions: [{ name: 'add', exportName: 'plus' }] },
      { path: 'lib/more.ts', functions: [{ name: 'sub', exportName: 'minus' }] },
    ]);
  });

  it('looks in its entry for tasks that are only listed', () => {
    const manifest = JSON.stringify({ entry: 'app.ts', tasks: [{ name: 'add' }] });
    expect(modulesOf(bundle({ 'app.ts': '', 'tasksmith.json': manifest }), null)).toEqual([
      { path: 'app.ts', functions: [{ name: 'add', exportName: 'add', isImplied: true }] },
    ]);
  });

  it.each([
    [{ 'readme.md': '' }, 'no entry'],
    [{ 'tasksmith.json': '{' }, 'tasksmith.json is not JSON'],
    [{ 'tasksmith.json': '{"tasks":[{"name":"a","function":"nope"}]}' }, 'not "module:export"'],
    [{ 'tasksmith.json': '{"tasks":[{"name":"a","function":"nope:a"}]}' }, 'no module "nope"'],
    [{ 'main.ts': 'const = 1;' }, 'SyntaxError in main.ts'],
    [{ 'main.ts': 'import "./gone";' }, 'main.ts imports "./gone", which does not exist'],
  ])('is refused with a reason: %o', (files, reason) => {
    expect(() => compile(files as Record<string, string>)).toThrow(reason);
  });

  it('in TypeScript runs without its types', async () => {
    const main = `
      import { type Shape, Colour, area } from './shapes';
      import type { Unused } from './nowhere.js';
      import { again } from './shapes.js';
      export const answer: number = area({ side: 3 } satisfies Shape) + Colour.Green;
      export class Box<T> { constructor(private readonly value: T) {} open(): T { return this.value!; } }
      export const boxed = new Box<string>('kept').open();
      export { again };
      export const later = await (await import('./later.ts')).default;
    `;
    const shapes = `
      export interface Shape { side: number }
      export enum Colour { Red, Green }
      export function area(shape: Shape): number;
      export function area({ side }: any) { return side * side; }
      export const again = 'again';
    `;
    const loaded = await load({
      'main.ts': main,
      'shapes.ts': shapes,
      'later.ts': 'export default Promise.resolve(7);',
    });
    expect(loaded).toMatchObject({ answer: 10, boxed: 'kept', again: 'again', later: 7 });
  });

  it('keeps its lines, and its place in import.meta', async () => {
    const main =
      '#!/usr/bin/env node\n\nexport const place = [import.meta.url, import.meta.dirname];\nexport const line = new Error().stack!;';
    const files = { 'main.ts': main };
    const compiled = compile(files);
    const loaded = (await import(/* @vite-ignore */ compiled.modules[0]!.url)) as { place: string[]; line: string };
    expect(loaded.place).toEqual([`file://${compiled.bundleDir}/main.ts`, compiled.bundleDir]);
    expect(loaded.line).toContain('main.ts.mjs:4:');
  });

  it('reaches JSON, CommonJS and installed packages', async () => {
    const loaded = await load({
      'main.mjs': `
        import data from './data.json' with { type: 'json' };
        import old from './old.cjs';
        import { here } from '@some/package';
        export const all = [data.n, old.n, here];`,
      'data.json': '{"n":1}',
      'old.cjs': 'module.exports = { n: 2 };',
      'node_modules/@some/package/package.json': '{"name":"@some/package","type":"module","exports":"./index.js"}',
      'node_modules/@some/package/index.js': 'export const here = 3;',
    });
    expect(loaded.all).toEqual([1, 2, 3]);
  });

  it('leaves alone what only looks like an import', () => {
    const compiled = compile({
      'main.ts': "export const text = `import './gone'`; // from './gone'\nexport const from = './gone';",
    });
    expect(readFileSync(fileURLToPath(compiled.modules[0]!.url), 'utf8')).toContain("`import './gone'`");
  });
});
