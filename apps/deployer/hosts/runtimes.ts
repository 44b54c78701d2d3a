/** The programs that run inside workers, and where they lie. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export interface Runtimes {
  /** Holds the packages `tasksmith` and `tasksmith_worker`. */
  readonly pythonFolder: string;
  /** The whole Node runtime in one file. */
  readonly nodeFile: string;
}

/** Beside this service in `dist`; when it runs from its sources, the Node runtime is the one of the last build. */
export function findRuntimes(): Runtimes {
  const built = here('../../worker-node/worker.mjs');
  return {
    pythonFolder: here('../../worker-python'),
    nodeFile: existsSync(built) ? built : here('../../../dist/apps/worker-node/worker.mjs'),
  };
}

/** The files of one runtime, as they go into an image. */
export async function filesOfRuntime(
  { pythonFolder, nodeFile }: Runtimes,
  runtime: 'python' | 'node',
): Promise<{ path: string; bytes: Buffer }[]> {
  if (runtime === 'node') return [{ path: 'worker.mjs', bytes: await readFile(nodeFile) }];
  const folders = await Promise.all(['tasksmith', 'tasksmith_worker'].map((name) => filesIn(pythonFolder, name)));
  return folders.flat();
}

async function filesIn(root: string, folder: string): Promise<{ path: string; bytes: Buffer }[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
  return Promise.all(paths.map(async (path) => ({ path, bytes: await readFile(join(root, path)) })));
}
