// Installs packages of the operating system: apt on Debian and Ubuntu, Homebrew where there is one.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { findProgram, run, tell } from './commands.mjs';

/** Installs the packages of all given needs in one go, saying so on one line. */
export function installPackages(needs) {
  const packages = [...new Set(needs.flatMap(packagesFor))];
  if (packages.length === 0) return refuseUnlessNone(needs);
  tell(`Installing with ${manager()}: ${packages.join(' ')}`);
  if (manager() === 'apt') return withoutStartingServices(() => aptInstall(packages));
  run('brew', ['install', '--quiet', ...packages]);
}

/** The names that a need's packages have under this machine's package manager. */
export function packagesFor(need) {
  return need.packages?.[manager()] ?? [];
}

function manager() {
  if (findProgram('apt-get') && existsSync('/etc/debian_version')) return 'apt';
  return findProgram('brew') ? 'brew' : 'none';
}

function refuseUnlessNone(needs) {
  if (needs.length === 0) return;
  const names = needs.map((need) => need.name).join(', ');
  throw new Error(
    `${names}: not found, and not something that can be installed from here. Install it, put it on PATH, then try again.`,
  );
}

function aptInstall(packages) {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  const apt = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-o=Dpkg::Use-Pty=0'];
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
  run(apt[0], [...apt.slice(1), 'update'], quiet);
  run(apt[0], [...apt.slice(1), 'install', '-y', '--no-install-recommends', ...packages], quiet);
}

/**
 * Debian starts a server as soon as its package is installed. Tasksmith runs its own, on its own ports, so that start is
 * refused for the length of the installation by the means Debian gives for it (policy-rc.d, 101 = "action forbidden").
 */
function withoutStartingServices(install) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy) || process.getuid?.() !== 0) return install();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    rmSync(policy, { force: true });
  }
}
