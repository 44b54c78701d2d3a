// The need for a build that is as new as the sources.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { run, tell } from './commands.mjs';
import { root } from './paths.mjs';

const stamp = resolve(root, 'dist/.built-from');
const sources = ['apps', 'libs', 'deploy', 'test/bench', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

export const built = {
  name: 'build',
  installs: false,
  missing: () => (isFresh() ? undefined : existsSync(stamp) ? 'dist is older than the sources' : 'dist is absent'),
  mend() {
    tell('Building');
    run(process.execPath, ['deploy/scripts/build.mjs']);
  },
};

function isFresh() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
}

/** Called by the build with the fingerprint it took before compiling: a source saved meanwhile makes the build stale. */
export function recordBuild(fingerprintBefore) {
  writeFileSync(stamp, fingerprintBefore);
}

/** A digest over path, size and modification time of everything the build reads. */
export function fingerprint() {
  const digest = createHash('sha256');
  for (const path of sources.flatMap(filesUnder)) {
    const { size, mtimeMs } = statSync(resolve(root, path));
    digest.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return digest.digest('hex');
}

function filesUnder(path) {
  const absolute = resolve(root, path);
  if (!existsSync(absolute)) return [];
  if (statSync(absolute).isFile()) return [path];
  return readdirSync(absolute, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules' && entry.name !== '__pycache__')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? filesUnder(`${path}/${entry.name}`) : entry.isFile() ? [`${path}/${entry.name}`] : [],
    );
}
