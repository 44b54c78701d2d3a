// The need for the npm packages that package-lock.json names.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { run, tell } from './commands.mjs';
import { root } from './paths.mjs';

export const npmPackages = {
  name: 'npm packages',
  missing: whatDoesNotFit,
  mend() {
    tell('Installing the npm packages');
    try {
      run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error']);
    } catch (error) {
      // A lock file written on one platform may lack optional packages of another, and `npm ci` then refuses.
      tell(`npm ci did not succeed (${error.message}); trying npm install without touching the lock file`);
      run('npm', ['install', '--no-save', '--no-package-lock', '--no-fund', '--no-audit', '--loglevel=error']);
    }
  },
};

/** Compares the lock file with the record npm keeps of what it installed: no network, a few milliseconds. */
function whatDoesNotFit() {
  const record = resolve(root, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return 'node_modules is absent';
  const wanted = packagesIn(resolve(root, 'package-lock.json'));
  const installed = packagesIn(record);
  const differing = Object.keys(wanted).filter((path) => path !== '' && !fits(wanted[path], installed[path], path));
  if (differing.length === 0) return undefined;
  return `node_modules differs from package-lock.json (${differing.slice(0, 3).join(', ')}${differing.length > 3 ? ', ...' : ''})`;
}

function packagesIn(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

function fits(wanted, installed, path) {
  if (!installed) return Boolean(wanted.optional || wanted.devOptional || wanted.peer);
  return installed.version === wanted.version && existsSync(resolve(root, path));
}
