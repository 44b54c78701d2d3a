// The data folder of PostgreSQL: where it can lie, made by initdb, free of what a crash left behind.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram } from './find-program.js';
import { type Home } from './home.js';
import { type SystemUser } from './system-user.js';
import { waitUntil } from './wait-until.js';

export interface PostgresFolderOptions {
  home: Home;
  user: SystemUser | undefined;
  superuserPassword: string;
  say?: ((message: string) => void) | undefined;
}

/** The folder, ready for a server to be started on it. */
export async function preparePostgresFolder(options: PostgresFolderOptions): Promise<string> {
  const folder = choose(options);
  // The server's user must be able to pass through, though not to look around.
  mkdirSync(dirname(folder), { recursive: true, mode: 0o711 });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (options.user) chownSync(folder, options.user.uid, options.user.gid);
  await endLeftover(folder);
  if (!existsSync(join(folder, 'PG_VERSION'))) initialise(folder, options);
  return folder;
}

/** Under the home, unless the other user cannot get there (a repository below /root, say). */
function choose({ home, user, say }: PostgresFolderOptions): string {
  const usual = join(home.data, 'postgres');
  if (!user || canBeEntered(home.data, user)) return usual;
  const other = `/var/tmp/tasksmith-${home.id}/postgres`;
  say?.(`The user ${user.name} cannot enter ${home.data}, so the data of PostgreSQL are in ${other}`);
  return other;
}

function canBeEntered(folder: string, user: SystemUser): boolean {
  const { mode, uid, gid } = statSync(folder);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  const parent = dirname(folder);
  return parent === folder || canBeEntered(parent, user);
}

function initialise(folder: string, { home, user, superuserPassword }: PostgresFolderOptions): void {
  const passwordFile = join(dirname(folder), `initdb-${home.id}`);
  writeFileSync(passwordFile, superuserPassword, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  const args = [
    '-D',
    folder,
    '-U',
    'postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
  ];
  const result = spawnSync(findProgram('initdb'), args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
    ...user,
  });
  rmSync(passwordFile, { force: true });
  if (result.status !== 0)
    throw new Error(`initdb in ${folder} failed:\n${result.stdout}${result.stderr}${result.error?.message ?? ''}`);
  chmodSync(folder, 0o700);
}

/**
 * Stops a server that outlived its stack, and removes the pid file of one that did not: the pid in it may belong to
 * some other program by now, and PostgreSQL would then refuse to start.
 */
async function endLeftover(folder: string): Promise<void> {
  const file = join(folder, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!servesFolder(pid, folder)) return rmSync(file, { force: true });
  process.kill(pid, 'SIGINT');
  if (await waitUntil(() => !servesFolder(pid, folder), 15_000)) return;
  throw new Error(`A PostgreSQL (pid ${pid}) is still running on ${folder} and does not stop; end it, then try again`);
}

function servesFolder(pid: number, folder: string): boolean {
  return pid > 1 && commandLineOf(pid).includes(folder);
}

function commandLineOf(pid: number): string {
  if (process.platform !== 'linux')
    return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
