// Where things lie: the repository, and the home of the local stack's data.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(fileURLToPath(import.meta.url), '../../../..');
export const home = resolve(process.env.TASKSMITH_HOME ?? resolve(root, '.tasksmith'));
export const cache = resolve(home, 'cache');
