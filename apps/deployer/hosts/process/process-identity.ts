/** Tells a worker of a deployment from another process that has got the same pid since. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const READS = 200;

/** Whether the process is alive and is the worker whose bundle lies at `bundleDir`. */
export function isWorkerOf(bundleDir: string, pid: number): boolean {
  return process.platform === 'linux' ? hasBundleDir(bundleDir, pid) : runsWorker(pid);
}

/** The environment is fixed when a program starts, and a bundle's folder has the deployment's id in its name. */
function hasBundleDir(bundleDir: string, pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop()?.[0];
    if (state === 'Z' || state === 'X') return false;
    return environmentOf(pid).split('\0').includes(`TASKSMITH_BUNDLE_DIR=${bundleDir}`);
  } catch {
    return false;
  }
}

/** Empty for the blink in which a process becomes another program: read again, or a worker would be taken for gone. */
function environmentOf(pid: number): string {
  for (let tries = 0; tries < READS; tries++) {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    if (environment !== '') return environment;
  }
  return '';
}

function runsWorker(pid: number): boolean {
  const { status, stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 && /tasksmith_worker|worker\.mjs/.test(stdout);
}

/** To the whole process group; one that is gone is not an error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
