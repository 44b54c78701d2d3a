/** Where the sources of the benchmark lie: the programs that are no TypeScript are run from there. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

export const repositoryRoot = here.includes('/dist/test/') ? join(here, '../../..') : join(here, '../..');
export const sourceFolder = join(repositoryRoot, 'test/bench');
