/** What a bundle says of itself in `tasksmith.json`, and which files that makes its modules. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A plain exported function that is a task, e.g. `{"name":"add","function":"math:add"}`. Without `function`, the entry declares or exports it. */
export interface NamedFunction {
  name: string;
  function?: string;
  description?: string;
  parameters?: object;
  result?: object;
}

export interface BundleModule {
  /** Relative to the bundle. */
  path: string;
  functions: (Omit<NamedFunction, 'function'> & {
    exportName: string;
    /** The manifest only lists the task: `task()` may have declared it under any name of its own. */
    isImplied?: true;
  })[];
}

/** The bundle cannot be used as it is; the message is for its author. */
export class BadBundle extends Error {
  override name = 'BadBundle';
}

const ENTRIES = ['main.ts', 'main.js', 'main.mjs', 'main.mts', 'main.cjs', 'main.cts'];
const EXTENSIONS = ['', '.ts', '.js', '.mjs', '.mts', '.cjs', '.cts', '/index.ts', '/index.js'];

/**
 * The modules to load, in order.
 * @param entry Wins over the manifest's `entry`.
 * @throws BadBundle
 */
export function modulesOf(bundleDir: string, entry: string | null): BundleModule[] {
  const manifest = readManifest(bundleDir);
  const modules = new Map<string, BundleModule>();
  const module = (path: string) => {
    if (!modules.has(path)) modules.set(path, { path, functions: [] });
    return modules.get(path)!;
  };
  const isNeeded = manifest.tasks.length === 0 || manifest.tasks.some(({ function: place }) => place === undefined);
  const entryPath = entryOf(bundleDir, entry ?? manifest.entry ?? null, isNeeded);
  if (entryPath !== null) module(entryPath);
  for (const { function: place, ...task } of manifest.tasks) {
    if (place === undefined) {
      module(entryPath!).functions.push({ ...task, exportName: task.name, isImplied: true });
      continue;
    }
    const [name, exportName] = splitPlace(task.name, place);
    module(findModule(bundleDir, name)).functions.push({ ...task, exportName });
  }
  return [...modules.values()];
}

/** The file that `path`, perhaps without its extension, means; TypeScript may name `x.ts` as `x.js`. */
export function findFile(path: string): string | null {
  const found = EXTENSIONS.map((extension) => path + extension).find(isFile);
  if (found !== undefined) return found;
  const typed = path.replace(/\.([mc]?)js$/, '.$1ts');
  return typed !== path && isFile(typed) ? typed : null;
}

function readManifest(bundleDir: string): { entry?: string; tasks: NamedFunction[] } {
  const path = join(bundleDir, 'tasksmith.json');
  if (!existsSync(path)) return { tasks: [] };
  const { entry, tasks = [] } = parse(readFileSync(path, 'utf8'));
  if (entry !== undefined && typeof entry !== 'string')
    throw new BadBundle('tasksmith.json: "entry" must be a file name');
  if (!Array.isArray(tasks) || !tasks.every(isNamedFunction)) {
    throw new BadBundle('tasksmith.json: "tasks" must be a list of {"name": ..., "function": "module:export"}');
  }
  return { ...(entry === undefined ? {} : { entry }), tasks };
}

function parse(text: string): { entry?: unknown; tasks?: unknown } {
  try {
    return JSON.parse(text) as { entry?: unknown; tasks?: unknown };
  } catch (error) {
    throw new BadBundle(`tasksmith.json is not JSON: ${(error as Error).message}`);
  }
}

function isNamedFunction(task: unknown): task is NamedFunction {
  const { name, function: place } = (task ?? {}) as Partial<NamedFunction>;
  return typeof name === 'string' && (place === undefined || typeof place === 'string');
}

function entryOf(bundleDir: string, wanted: string | null, isNeeded: boolean): string | null {
  if (wanted !== null) return findModule(bundleDir, wanted);
  const found = ENTRIES.find((path) => isFile(join(bundleDir, path)));
  if (found !== undefined) return found;
  if (isNeeded) throw new BadBundle(`no entry in ${bundleDir}: add main.ts or main.js, or name one in tasksmith.json`);
  return null;
}

function splitPlace(task: string, place: string): [string, string] {
  const colon = place.lastIndexOf(':');
  if (colon <= 0)
    throw new BadBundle(`tasksmith.json: the function of task "${task}" is "${place}", not "module:export"`);
  return [place.slice(0, colon), place.slice(colon + 1)];
}

function findModule(bundleDir: string, name: string): string {
  const found = findFile(join(bundleDir, name));
  if (found === null) throw new BadBundle(`there is no module "${name}" in ${bundleDir}`);
  return found.slice(join(bundleDir, '/').length);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
