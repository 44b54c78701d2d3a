/** The programs that the local stack starts, and their versions. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from '../../../deploy/local/index.js';
import { bad, type Check, note, ok } from './check.js';

interface Program {
  name: string;
  program: string;
  /** The oldest that is supported: major, minor. */
  least: readonly [number, number];
  /** A URL in this variable makes the program unnecessary. */
  unless?: string;
  isOptional?: boolean;
  install: string;
}

const programs: Program[] = [
  {
    name: 'PostgreSQL',
    program: 'postgres',
    least: [15, 0],
    unless: 'DATABASE_URL',
    install: 'sudo apt-get install postgresql',
  },
  {
    name: 'Redis',
    program: 'redis-server',
    least: [7, 0],
    unless: 'REDIS_URL',
    install: 'sudo apt-get install redis-server',
  },
  {
    name: 'NATS',
    program: 'nats-server',
    least: [2, 9],
    unless: 'NATS_URL',
    install: 'sudo apt-get install nats-server',
  },
  {
    name: 'Python',
    program: 'python3',
    least: [3, 9],
    isOptional: true,
    install: 'sudo apt-get install python3 python3-venv',
  },
];

const execute = promisify(execFile);

export const node: Check = {
  name: 'Node.js',
  look: async () =>
    isAtLeast(process.versions.node, [20, 19])
      ? ok(process.version)
      : bad(`${process.version} is too old`, 'Install Node.js 20.19 or newer.'),
};

export const programChecks: Check[] = programs.map(({ name, program, least, unless, isOptional, install }) => ({
  name,
  async look({ env }) {
    if (unless && env[unless]) return ok(`${unless} names a server of your own`);
    const version = await versionOf(program);
    const judge = isOptional ? note : bad;
    if (!version)
      return judge(`${program} was not found`, `${install}; "npm start" does it by itself on Debian and Ubuntu.`);
    if (!isAtLeast(version, least)) return judge(`${version} is older than ${least.join('.')}`, install);
    return ok(version);
  },
}));

async function versionOf(program: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await execute(findProgram(program), ['--version'], { timeout: 10_000 });
    return /\d+(\.\d+)+/.exec(stdout + stderr)?.[0];
  } catch {
    return undefined;
  }
}

export function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [hasMajor = 0, hasMinor = 0] = version.split('.').map(Number);
  return hasMajor > major || (hasMajor === major && hasMinor >= minor);
}
