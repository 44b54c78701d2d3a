// What the benchmark compares with: npm packages in a folder of the cache, and Debian's Celery. And the Docker engine of B13.
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { baseImages } from './base-images.mjs';
import { capture, run, tell } from './lib/commands.mjs';
import { dockerEngine } from './lib/docker-engine.mjs';
import { ensure, reportOnly } from './lib/needs.mjs';
import { cache, root } from './lib/paths.mjs';

const list = resolve(root, 'test/bench/peers/package.json');
export const peersFolder = resolve(cache, 'bench-peers');

const packages = {
  name: 'the peers of the benchmark',
  missing: () =>
    fits() ? undefined : 'their npm packages are absent, or others than test/bench/peers/package.json names',
  mend() {
    tell('Installing the npm packages of the peers');
    mkdirSync(peersFolder, { recursive: true });
    cpSync(list, resolve(peersFolder, 'package.json'));
    run('npm', ['install', '--no-fund', '--no-audit', '--loglevel=error'], { cwd: peersFolder });
  },
};

const celery = {
  name: 'Celery',
  packages: { apt: ['python3', 'python3-celery', 'python3-redis'] },
  missing: () =>
    capture('/usr/bin/python3', ['-c', 'import celery, redis']).ok ? undefined : '/usr/bin/python3 has no celery',
};

// What cannot be brought is left out of the comparison, unless CI is set.

export async function bringPackages() {
  if (await bring(packages)) process.env.TASKSMITH_BENCH_PEERS = peersFolder;
}

export async function bringCelery() {
  await bring(celery);
}

export async function bringDocker() {
  for (const need of [...dockerEngine, baseImages]) if (!(await bring(need))) return;
  process.env.TASKSMITH_BENCH_DOCKER = '1';
}

/** Answers whether it is there now. */
async function bring(need) {
  const why = need.missing();
  if (!why) return true;
  try {
    if (reportOnly) throw new Error(why);
    await ensure([need]);
    return true;
  } catch (error) {
    if (process.env.CI) throw error;
    tell(`Going on without ${need.name}: ${error.message}`);
    return false;
  }
}

/** Every package at the very version that is asked for. */
function fits() {
  const { dependencies } = JSON.parse(readFileSync(list, 'utf8'));
  return Object.entries(dependencies).every(([name, version]) => {
    const file = resolve(peersFolder, 'node_modules', name, 'package.json');
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version;
  });
}
