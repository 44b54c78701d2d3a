// Finds the program of a server, also where packages put it outside PATH.
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of the program; throws with what to install when there is none. */
export function findProgram(name: string): string {
  const inPath = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const found = [...newestPostgres(), ...inPath, '/usr/sbin', '/opt/homebrew/bin', '/usr/local/bin']
    .map((folder) => join(folder, name))
    .find(isExecutable);
  if (found) return found;
  throw new Error(
    `${name} was not found on this machine. "npm start" installs it, or set the URL of a server of your own.`,
  );
}

/** The folders of PostgreSQL come first: PATH may hold a lone link to one of its programs, which must all be of one version. */
function newestPostgres(): string[] {
  return ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt']
    .flatMap((base) => entriesOf(base).map((entry) => ({ base, entry })))
    .filter(({ entry }) => /^(\d+|postgresql(@\d+)?)$/.test(entry))
    .sort((a, b) => versionOf(b.entry) - versionOf(a.entry))
    .map(({ base, entry }) => join(base, entry, 'bin'));
}

function versionOf(entry: string): number {
  return Number(/\d+$/.exec(entry)?.[0] ?? 0);
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
