// The home of one local stack: every folder and file it keeps, so that several stacks can live side by side.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
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

/** The home at the given path, else at TASKSMITH_HOME, else `.tasksmith` in the repository. Its folders exist afterwards. */
export function openHome(path = process.env['TASKSMITH_HOME'] ?? join(repositoryRoot, '.tasksmith')): Home {
  const home = describeHome(path);
  for (const folder of [home.data, home.logs, home.run]) mkdirSync(folder, { recursive: true });
  return home;
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
