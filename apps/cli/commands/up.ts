import { spawn, type StdioOptions } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Command } from 'commander';
import { openHome, UnusableHome } from '../../../deploy/local/home.js';
import { readStackState, type StackState } from '../../../deploy/local/state.js';
import { type Context, contextOf } from '../context/context.js';
import { CliError } from '../failures.js';
import { stackView } from './stack-view.js';
import { withExamples } from './examples.js';

interface UpOptions {
  detach?: boolean;
  port?: string;
  echo?: boolean;
}

const program = fileURLToPath(new URL('../../../deploy/local/main.js', import.meta.url));
const PATIENCE_MS = 120_000;

export function addUp(root: Command): void {
  const command = root
    .command('up')
    .description('start the platform on this machine, and stay with it until Ctrl-C')
    .option('-d, --detach', 'come back once it is ready; "tasksmith down" stops it')
    .option('--port <number>', "the gateway's port; default 7070, or the next free one")
    .option('--echo', 'show the log lines of all processes here')
    .action((options: UpOptions, self: Command) => {
      const context = contextOf(self);
      return options.detach ? startDetached(context, options) : stayWith(context, options);
    });
  withExamples(command, 'up', 'up --detach', 'up --port 8080');
}

const flags = ({ home }: Context, { port, echo }: UpOptions): string[] => [
  program,
  ...['--home', home],
  ...(port ? ['--port', port] : []),
  ...(echo ? ['--echo'] : []),
];

/** Becomes that program: same terminal, signals passed on, its exit status ours. Its words are for people, so a script finds them on stderr. */
async function stayWith(context: Context, options: UpOptions): Promise<void> {
  const { home, out } = context;
  const isForPeople = out.format === 'table';
  const stdio: StdioOptions = isForPeople ? 'inherit' : ['inherit', process.stderr, process.stderr];
  const child = spawn(process.execPath, flags(context, options), { stdio });
  if (!isForPeople) void untilReady(home).then((state) => state && out.item(state, stackView));
  // A terminal sends Ctrl-C to the whole group, so the child has it already.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
  process.exit();
}

async function startDetached(context: Context, options: UpOptions): Promise<void> {
  const { home, out } = context;
  const running = readStackState(home);
  if (running?.phase === 'ready') {
    out.note('It runs already.');
    return out.item(running, stackView);
  }
  const logFile = openLog(home);
  const child = spawn(process.execPath, flags(context, options), {
    detached: true,
    stdio: ['ignore', logFile.fd, logFile.fd],
  });
  child.unref();
  const exited = new Promise<'exited'>((resolve) => child.once('exit', () => resolve('exited')));
  const state = await Promise.race([untilReady(home), exited]);
  if (state === 'exited' || !state)
    throw new CliError(
      'error',
      'The platform did not start.',
      `What it said is in ${logFile.path}; "tasksmith doctor" looks for what is wrong.`,
    );
  out.note('Tasksmith is running; "tasksmith down" stops it.');
  out.item(state, stackView);
}

function openLog(home: string): { path: string; fd: number } {
  const path = join(logFolderOf(home), 'up.log');
  return { path, fd: openSync(path, 'a') };
}

function logFolderOf(home: string): string {
  try {
    return openHome(home).logs;
  } catch (error) {
    throw error instanceof UnusableHome ? new CliError('error', error.message) : error;
  }
}

async function untilReady(home: string): Promise<StackState | undefined> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const state = readStackState(home);
    if (state?.phase === 'ready') return state;
    await pause(100);
  }
  return undefined;
}
