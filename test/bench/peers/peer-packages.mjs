// Where the peers' npm packages are: in the cache folder, not in this repository's own node_modules.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Imports a package of the peers' folder. */
export async function importPeer(name) {
  const require = createRequire(`${process.env.TASKSMITH_BENCH_PEERS}/package.json`);
  return import(pathToFileURL(require.resolve(name)).href);
}
