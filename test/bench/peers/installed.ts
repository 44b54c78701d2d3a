/** Which peers this machine has. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { peersFolder } from './node-program.js';

export type PeerName = 'bullmq' | 'celery' | 'pg-boss' | 'graphile-worker';

/** Debian's Celery belongs to Debian's Python. */
export const systemPython = '/usr/bin/python3';

export function isInstalled(name: PeerName): boolean {
  if (name === 'celery') return spawnSync(systemPython, ['-c', 'import celery, redis']).status === 0;
  const folder = peersFolder();
  return folder !== undefined && existsSync(join(folder, 'node_modules', name));
}
