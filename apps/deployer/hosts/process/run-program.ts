/** Runs a program to its end, with its lines as they come and a limit on its time. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { plainLine } from '../plain-line.js';
import { signalGroup } from './process-identity.js';

export interface ProgramRun {
  command: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  withinMs: number;
  signal: AbortSignal;
  onStdout?: (line: string) => void;
  /** Without commands to a terminal; stdout comes as it is. */
  onStderr?: (line: string) => void;
}

export type ProgramEnd = { kind: 'ended'; status: number | null } | { kind: 'late' } | { kind: 'stopped' };

/** Ends the whole process group when time is up or the signal is aborted. @throws when the program cannot be started. */
export function runProgram({ command, args, cwd, env, withinMs, signal, ...lines }: ProgramRun): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve({ kind: 'stopped' });
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let cut: ProgramEnd | undefined;
    const cutShort = (end: ProgramEnd) => () => {
      cut ??= end;
      if (child.pid) signalGroup(child.pid, 'SIGKILL');
    };
    const timer = setTimeout(cutShort({ kind: 'late' }), withinMs);
    const stop = cutShort({ kind: 'stopped' });
    signal.addEventListener('abort', stop);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      act();
    };
    createInterface({ input: child.stdout }).on('line', (line) => lines.onStdout?.(line));
    createInterface({ input: child.stderr }).on('line', (line) => lines.onStderr?.(plainLine(line)));
    child.once('error', (error) => settle(() => reject(error)));
    child.once('close', (status) => settle(() => resolve(cut ?? { kind: 'ended', status })));
  });
}
