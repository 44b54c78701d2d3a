/** Finds the home of the local stack: TASKSMITH_HOME, else the nearest `.tasksmith` with a stack from here upward, else the one of the installation. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { installation } from './repository.js';

export function findHome({ cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): string {
  const { TASKSMITH_HOME: named } = env;
  return named ? resolve(cwd, named) : (nearest(cwd) ?? join(installation.folder, '.tasksmith'));
}

function nearest(folder: string): string | undefined {
  const home = join(folder, '.tasksmith');
  if (existsSync(join(home, 'secrets.json'))) return home;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearest(parent);
}
