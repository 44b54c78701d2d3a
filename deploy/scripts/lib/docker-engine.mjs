// The needs for a Docker engine: its programs, and an engine that answers (one is started where none does).
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { capture, findProgram, tell } from './commands.mjs';
import { home } from './paths.mjs';

const folders = ['/usr/sbin', '/sbin'];
const startupMs = 60_000;

export const dockerEngine = [
  programNeed('Docker client', 'docker', ['docker.io', 'iptables']),
  { ...programNeed('Docker Compose', 'docker-compose', ['docker-compose']), missing: whyNoCompose },
  programNeed('iptables', 'iptables', ['iptables']),
  // Makes base images, which only root can.
  ...(process.getuid?.() === 0 ? [programNeed('mmdebstrap', 'mmdebstrap', ['mmdebstrap'])] : []),
  {
    name: 'Docker engine',
    installs: false,
    missing: () => (engineAnswers() ? undefined : 'no engine answers `docker version`'),
    mend: startEngine,
  },
];

export function engineAnswers() {
  return capture('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 10_000 }).ok;
}

/** Either the old program of its own or the plugin will do. */
function whyNoCompose() {
  if (findProgram('docker-compose') || capture('docker', ['compose', 'version']).ok) return undefined;
  return 'neither docker-compose nor the plugin `docker compose` was found';
}

function programNeed(name, program, apt) {
  const needed = process.platform === 'linux' || program === 'docker';
  return {
    name,
    packages: { apt },
    missing: () => (!needed || findProgram(program, folders) ? undefined : `${program} not found`),
  };
}

/** Starts dockerd as a process of its own, which outlives the command: the next one finds the engine answering. */
async function startEngine() {
  const dockerd = findProgram('dockerd', folders);
  if (!dockerd || process.getuid?.() !== 0)
    throw new Error('No Docker engine answers; start Docker (or run as root), then try again.');
  const folder = resolve(home, 'docker');
  mkdirSync(folder, { recursive: true });
  const log = resolve(folder, 'dockerd.log');
  tell(`Starting the Docker engine (log: ${log})`);
  const out = openSync(log, 'a');
  const child = spawn(dockerd, ['--pidfile', resolve(folder, 'dockerd.pid')], {
    detached: true,
    stdio: ['ignore', out, out],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  closeSync(out);
  child.unref();
  await untilAnswering(child, log);
}

async function untilAnswering(child, log) {
  const deadline = Date.now() + startupMs;
  while (Date.now() < deadline && child.exitCode === null) {
    if (engineAnswers()) return;
    await pause(250);
  }
  throw new Error(`The Docker engine did not come up. The end of its log:\n${lastLines(log)}`);
}

function lastLines(file) {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-15).join('\n') : '(no log)';
}
