/** The environments in which the code of a bundle runs as a process: which program, with which variables, and how it gets its packages. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { platformFolder } from '../../layout.js';
import { DEPENDENCY_FILES, hasDependencies } from '../dependencies.js';
import { plainLine } from '../plain-line.js';
import { type Runtimes } from '../runtimes.js';
import {
  BUILD_WITHIN_MS,
  type HostedDeployment,
  HostFailure,
  isDiskFull,
  type PrepareOptions,
} from '../worker-host.js';
import { runProgram } from './run-program.js';

export interface Program {
  command: string;
  args: string[];
  env: Record<string, string>;
}

type Place = Pick<HostedDeployment, 'path' | 'runtime' | 'entry'>;

const LOG_KEPT = 200;

export class Environments {
  private interpreter: Promise<string> | undefined;

  constructor(
    private readonly runtimes: Runtimes,
    /** As configured: a name to look up, or a path. */
    private readonly python: string,
  ) {}

  /** How the worker of a deployment is started. */
  async programOf(place: Place): Promise<Program> {
    const env = { ...baseEnvironment(place), ...placeEnvironment(place) };
    if (place.runtime === 'node')
      return { command: process.execPath, args: ['--enable-source-maps', this.runtimes.nodeFile], env };
    const cache = join(platformFolder(place.path), 'pycache');
    return {
      command: await this.pythonOf(place.path),
      args: ['-m', 'tasksmith_worker'],
      env: { ...env, PYTHONPATH: this.runtimes.pythonFolder, PYTHONUNBUFFERED: '1', PYTHONPYCACHEPREFIX: cache },
    };
  }

  /** Installs the packages that the bundle asks for; none are asked for: nothing is done. @throws HostFailure */
  async install(place: Place, options: PrepareOptions): Promise<void> {
    if (!needsPackages(place)) return options.log('No packages to install.');
    if (existsSync(doneMark(place.path))) return options.log('The packages are installed already.');
    if (place.runtime === 'python') await this.installPython(place, options);
    else await installNode(place, options);
    writeFileSync(doneMark(place.path), '');
  }

  private async installPython(place: Place, options: PrepareOptions): Promise<void> {
    const venv = venvOf(place.path);
    rmSync(venv, { recursive: true, force: true });
    const base = await this.basePython();
    const shared = await hasPipForOthers(base);
    options.log(`Creating a virtual environment with ${base}`);
    const bare = shared ? ['--without-pip'] : [];
    await step(place, options, { what: 'python -m venv', command: base, args: ['-m', 'venv', ...bare, venv] });
    const python = join(venv, 'bin/python');
    const pip = shared ? [base, '-m', 'pip', '--python', python] : [python, '-m', 'pip'];
    const [command = base, ...args] = [...pip, 'install', '--no-input', '--disable-pip-version-check'];
    await step(place, options, { what: 'pip install', command, args: [...args, '-r', 'requirements.txt'] });
  }

  private async pythonOf(path: string): Promise<string> {
    return needsPackages({ path, runtime: 'python' }) ? join(venvOf(path), 'bin/python') : this.basePython();
  }

  /** The interpreter itself: what lies on PATH may be a shim that needs the home folder of its user. */
  private basePython(): Promise<string> {
    this.interpreter ??= this.findPython();
    this.interpreter.catch(() => (this.interpreter = undefined));
    return this.interpreter;
  }

  private async findPython(): Promise<string> {
    let found = '';
    const end = await runProgram({
      command: this.python,
      args: ['-c', 'import sys; print(sys.executable)'],
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/' },
      withinMs: 20_000,
      signal: new AbortController().signal,
      onStdout: (line) => (found ||= line.trim()),
    }).catch((error: unknown) => error as Error);
    if (found && !(end instanceof Error)) return found;
    throw new HostFailure('build.failed', `There is no Python here: ${this.python} cannot be started`);
  }
}

export const venvOf = (path: string): string => join(platformFolder(path), 'venv');
const doneMark = (path: string): string => join(platformFolder(path), 'packages-installed');

function needsPackages({ path, runtime }: Pick<Place, 'path' | 'runtime'>): boolean {
  const file = join(path, DEPENDENCY_FILES[runtime]);
  return hasDependencies(runtime, existsSync(file) ? readFileSync(file, 'utf8') : undefined);
}

/** Whether this Python's pip can install into another environment (22.3 and later): copying pip into each takes seconds. */
async function hasPipForOthers(python: string): Promise<boolean> {
  let version = '';
  await runProgram({
    command: python,
    args: ['-m', 'pip', '--version'],
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '' },
    withinMs: 20_000,
    signal: new AbortController().signal,
    onStdout: (line) => (version ||= line),
  });
  const [, major = 0, minor = 0] = /^pip (\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 22 || (Number(major) === 22 && Number(minor) >= 3);
}

/** Scripts of packages are not run: they could do anything on this host before anybody has called the task. */
async function installNode(place: Place, options: PrepareOptions): Promise<void> {
  const args = ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress'];
  await step(place, options, { what: 'npm install', command: 'npm', args });
}

async function step(
  place: Place,
  { log, signal }: PrepareOptions,
  { what, command, args }: { what: string; command: string; args: string[] },
): Promise<void> {
  const lines: string[] = [];
  const onLine = (printed: string): void => {
    const line = plainLine(printed);
    lines.push(line);
    if (lines.length > LOG_KEPT) lines.shift();
    log(line);
  };
  log(`$ ${[what, ...args.slice(args.indexOf('install') + 1 || args.length)].join(' ')}`);
  const env = { ...baseEnvironment(place), ...packageSources() };
  const run = { command, args, cwd: place.path, env, withinMs: BUILD_WITHIN_MS, signal };
  const end = await runProgram({ ...run, onStdout: onLine, onStderr: onLine }).catch((error: unknown) => {
    throw new HostFailure('build.failed', `${what} cannot be started: ${(error as Error).message}`, [], {
      cause: error,
    });
  });
  if (end.kind === 'ended' && end.status === 0) return;
  signal.throwIfAborted();
  if (lines.some((line) => isDiskFull({ message: line })))
    throw new HostFailure('disk.full', `${what} ran out of disk space`, lines);
  const how = end.kind === 'late' ? `took longer than ${BUILD_WITHIN_MS / 1_000} s` : 'failed';
  throw new HostFailure('build.failed', `${what} ${how}`, lines);
}

/** Nothing of this service's own environment: it has secrets in it. */
function baseEnvironment({ path }: Pick<Place, 'path'>): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: path,
    LANG: process.env['LANG'] ?? 'C.UTF-8',
  };
}

function placeEnvironment({ path, entry }: Place): Record<string, string> {
  return { TASKSMITH_BUNDLE_DIR: path, ...(entry ? { TASKSMITH_ENTRY: entry } : {}) };
}

/** Where this host gets packages from: mirrors, proxies and their certificates. The home folder is another, so its files are named. */
function packageSources(): Record<string, string> {
  const names = /^(PIP_|npm_config_|NODE_EXTRA_CA_CERTS$|SSL_CERT_|https?_proxy$|no_proxy$)/i;
  const entries = Object.entries(process.env).filter(([name, value]) => names.test(name) && value !== undefined);
  const files = { PIP_CONFIG_FILE: ['.config/pip/pip.conf', '.pip/pip.conf'], npm_config_userconfig: ['.npmrc'] };
  return { ...filesAtHome(files), ...(Object.fromEntries(entries) as Record<string, string>) };
}

/** Of each variable's candidates the first that exists. */
function filesAtHome(files: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).flatMap(([variable, candidates]) => {
      const found = candidates.map((path) => join(homedir(), path)).find((path) => existsSync(path));
      return found === undefined ? [] : [[variable, found]];
    }),
  );
}
