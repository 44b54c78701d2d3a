/** Room for what the stack keeps. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bad, type Check, note, ok } from './check.js';

const LEAST_BYTES = 200e6;
const COMFORTABLE_BYTES = 2e9;

export const disk: Check = {
  name: 'Disk',
  async look({ home }) {
    const { bavail, bsize } = await statfs(existing(home));
    const free = bavail * bsize;
    const detail = `${(free / 1e9).toFixed(1)} GB free at ${home}`;
    const mend = 'Make room, or set TASKSMITH_HOME to a folder on a larger disk.';
    if (free < LEAST_BYTES) return bad(detail, mend);
    return free < COMFORTABLE_BYTES ? note(detail, mend) : ok(detail);
  },
};

const existing = (path: string): string => (existsSync(path) ? path : existing(dirname(path)));
