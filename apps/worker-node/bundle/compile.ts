/**
 * Makes a bundle loadable by plain Node, without installing anything and without writing into the bundle.
 *
 * The modules that the entries reach are written to a folder under /tmp, line by line as they were, with these differences: TypeScript has
 * lost its types; specifiers of the bundle's own files name the written files; `tasksmith` leads to the worker itself; `import.meta.url` and
 * its relatives still tell the place in the bundle. Packages come from the bundle's `node_modules`, through links. CommonJS files in
 * JavaScript are used where they are.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BadBundle, type BundleModule, findFile, modulesOf } from './manifest.js';
import { SHIM_CODE } from './shim.js';
import { isTypeScript, readSource, type Source } from './source.js';

export interface CompiledBundle {
  bundleDir: string;
  /** Where the written modules are; to be removed by whoever asked for them. */
  outDir: string;
  /** The file that `require('tasksmith')` means. */
  shim: string;
  modules: { path: string; url: string; functions: BundleModule['functions'] }[];
}

/** @throws BadBundle */
export function compileBundle({ bundleDir, entry }: { bundleDir: string; entry: string | null }): CompiledBundle {
  if (!existsSync(bundleDir)) throw new BadBundle(`there is no bundle folder ${bundleDir}`);
  const modules = modulesOf(bundleDir, entry);
  const compiler = new Compiler(bundleDir, mkdtempSync(join(tmpdir(), 'tasksmith-node-')));
  return {
    bundleDir,
    outDir: compiler.outDir,
    shim: compiler.writeShim(),
    modules: modules.map(({ path, functions }) => ({
      path,
      functions,
      url: pathToFileURL(compiler.compile(join(bundleDir, path))).href,
    })),
  };
}

class Compiler {
  private readonly written = new Map<string, string>();

  constructor(
    private readonly bundleDir: string,
    readonly outDir: string,
  ) {}

  writeShim(): string {
    const folder = join(this.outDir, 'node_modules', 'tasksmith');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"name":"tasksmith","type":"module","exports":"./index.mjs"}');
    const file = join(folder, 'index.mjs');
    writeFileSync(file, SHIM_CODE);
    return file;
  }

  /** Writes the module at `path` with all it imports; answers where Node finds it. */
  compile(path: string): string {
    const known = this.written.get(path);
    if (known !== undefined) return known;
    if (!this.isOwn(path)) return path;
    const source = readSource(relative(this.bundleDir, path), readFileSync(path, 'utf8'));
    const out = this.placeFor(path, source);
    this.written.set(path, out);
    if (out !== path) this.write(path, out, source);
    return out;
  }

  private isOwn(path: string): boolean {
    return path.startsWith(`${this.bundleDir}/`) && !path.includes('/node_modules/') && /\.[mc]?[jt]s$/.test(path);
  }

  private placeFor(path: string, source: Source): string {
    const written = join(this.outDir, relative(this.bundleDir, path));
    if (extname(path) === '.cts') return `${written}.cjs`;
    return isCommonJs(path, source, this.bundleDir) ? path : `${written}.mjs`;
  }

  private write(path: string, out: string, source: Source): void {
    let code = source.code;
    for (const { text, start, end } of [...source.specifiers].reverse()) {
      code = code.slice(0, start) + this.respell(text, path) + code.slice(end);
    }
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, source.usesImportMeta ? importMetaOf(path) + code : code);
  }

  private respell(specifier: string, from: string): string {
    if (specifier.startsWith('.') || specifier.startsWith('/')) return this.respellFile(specifier, from);
    this.linkPackage(specifier, from);
    return specifier;
  }

  private respellFile(specifier: string, from: string): string {
    const [path, query] = specifier.split('?', 2) as [string, string | undefined];
    const target = findFile(path.startsWith('/') ? path : join(dirname(from), path));
    if (target === null)
      throw new BadBundle(`${relative(this.bundleDir, from)} imports "${specifier}", which does not exist`);
    return pathToFileURL(this.compile(target)).href + (query === undefined ? '' : `?${query}`);
  }

  private linkPackage(specifier: string, from: string): void {
    if (specifier.includes(':') || isBuiltin(specifier)) return;
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    const link = join(this.outDir, 'node_modules', name);
    const target = nearestPackage(name, dirname(from));
    if (target === null || existsSync(link)) return;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link);
  }
}

/** As Node decides it, except that TypeScript without an explicit kind is always a module. */
function isCommonJs(path: string, source: Source, bundleDir: string): boolean {
  if (extname(path) === '.cjs') return true;
  if (isTypeScript(path) || extname(path) === '.mjs') return false;
  const type = packageType(dirname(path), bundleDir);
  return type === 'commonjs' || (type === null && !source.isModule);
}

function packageType(folder: string, bundleDir: string): string | null {
  const file = join(folder, 'package.json');
  if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { type?: string }).type ?? null;
  return folder === bundleDir ? null : packageType(dirname(folder), bundleDir);
}

function nearestPackage(name: string, folder: string): string | null {
  const candidate = join(folder, 'node_modules', name);
  if (existsSync(candidate)) return candidate;
  return dirname(folder) === folder ? null : nearestPackage(name, dirname(folder));
}

/** On the first line, so that the numbers of the others stay. */
function importMetaOf(path: string): string {
  const url = JSON.stringify(pathToFileURL(path).href);
  const place = `url:${url},filename:${JSON.stringify(path)},dirname:${JSON.stringify(dirname(path))}`;
  return `{const own=import.meta.resolve;Object.assign(import.meta,{${place},resolve:(to)=>/^\\.{0,2}\\//.test(to)?new URL(to,${url}).href:own(to)})}`;
}
