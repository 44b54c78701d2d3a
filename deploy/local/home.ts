// The home of one local stack: every folder and file it keeps, so that several stacks can live side by side.
import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { repositoryRoot } from './repository-root.js';

export interface Home {
  path: string;
  /** Eight hex digits that tell this home from others: part of names outside it (networks, folders under /var/tmp). */
  id: string;
  data: string;
  logs: string;
  run: string;
  secretsFile: string;
  stateFile: string;
  portsFile: string;
}

/** The home is at a place where nothing can be kept. */
export class UnusableHome extends Error {
  override readonly name = 'UnusableHome';
}

/**
 * The home at the given path, else at TASKSMITH_HOME, else `.tasksmith` in the repository. Its folders exist afterwards.
 * @throws UnusableHome
 */
export function openHome(path = process.env['TASKSMITH_HOME'] ?? join(repositoryRoot, '.tasksmith')): Home {
  const home = describeHome(path);
  try {
    for (const folder of [home.path, home.data, home.logs, home.run]) makeFolder(folder);
    accessSync(home.path, constants.W_OK);
  } catch (error) {
    throw unusable(home.path, error);
  }
  return home;
}

/** One level at a time: Node's own recursion never ends where the parent is there and nothing can be made in it (/proc). */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Two starts may make it at the same moment.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(path).isDirectory()) throw error;
  }
}

function unusable(path: string, cause: unknown): UnusableHome {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new UnusableHome(
    `Tasksmith keeps its data, logs and secrets in ${path}, where this user cannot write (${why}). ` +
      'Make that folder writable, or name another one with --home or TASKSMITH_HOME.',
    { cause },
  );
}

export function describeHome(path: string): Home {
  const absolute = resolve(path);
  return {
    path: absolute,
    id: createHash('sha256').update(absolute).digest('hex').slice(0, 8),
    data: join(absolute, 'data'),
    logs: join(absolute, 'logs'),
    run: join(absolute, 'run'),
    secretsFile: join(absolute, 'secrets.json'),
    stateFile: join(absolute, 'stack.json'),
    portsFile: join(absolute, 'ports.json'),
  };
}
