// The built `tasksmith` as people and scripts run it: a process of its own, in a world of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

export const dist = resolve(import.meta.dirname, '../../dist');
export const cliProgram = join(dist, 'apps/cli/main.js');
export const examples = resolve(import.meta.dirname, '../../examples');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface World {
  /** Where commands run. */
  cwd: string;
  home: string;
  env: NodeJS.ProcessEnv;
  /** Runs `tasksmith <args>` to its end. */
  run(...args: string[]): Promise<Ended>;
  /** The same with text on stdin. */
  runWith(stdin: string, ...args: string[]): Promise<Ended>;
  start(...args: string[]): ChildProcess;
  remove(): void;
}

/** Its stack has servers of its own, not those of the test run, and a port that no other file of tests begins with. */
export function makeWorld(name: string, port: number): World {
  const cwd = mkdtempSync(join(tmpdir(), `tasksmith-${name}-`));
  const home = join(cwd, 'home');
  const env = {
    ...process.env,
    TASKSMITH_HOME: home,
    PORT: String(port),
    TASKSMITH_WORKER_HOST: 'process',
    NO_COLOR: '1',
    DATABASE_URL: undefined,
    REDIS_URL: undefined,
    NATS_URL: undefined,
    TASKSMITH_URL: undefined,
    TASKSMITH_API_KEY: undefined,
  };
  const start = (...args: string[]) => spawn(process.execPath, [cliProgram, ...args], { cwd, env });
  const runWith = (stdin: string, ...args: string[]) => {
    const child = start(...args);
    child.stdin.end(stdin);
    return ended(child);
  };
  return {
    cwd,
    home,
    env,
    start,
    runWith,
    run: (...args) => runWith('', ...args),
    remove: () => rmSync(cwd, { recursive: true, force: true }),
  };
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const code = new Promise<number | null>((done) => child.once('close', done));
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  return { code: await code, stdout, stderr };
}

/** Resolves once the child has written what matches. */
export function untilSays(child: ChildProcess, stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
  return new Promise((done, fail) => {
    let said = '';
    child[stream]!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (pattern.test(said)) done(said);
    });
    child.once('close', () => fail(new Error(`it ended without saying ${pattern}; it said: ${said}`)));
  });
}
