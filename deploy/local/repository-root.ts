// Finds the repository from wherever this code runs: from its sources or from dist.
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = dirname(fileURLToPath(import.meta.url));
export const repositoryRoot = findRoot(here);

function findRoot(folder: string): string {
  if (nameOfPackageIn(folder) === 'tasksmith') return folder;
  const parent = resolve(folder, '..');
  if (parent === folder) throw new Error(`No package.json of tasksmith above ${here}`);
  return findRoot(parent);
}

function nameOfPackageIn(folder: string): unknown {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: unknown }).name;
  } catch {
    return undefined;
  }
}
