// Runs other programs from the scripts: attached to the terminal, captured, or handed over to for good.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { root } from './paths.mjs';

export const isWindows = process.platform === 'win32';

/** Tells a person what is being done. On stderr: stdout belongs to what the command itself answers, which may be one JSON document. */
export function tell(line) {
  console.error(line);
}

/** Runs to the end with its output on the terminal, all of it on stderr; throws when it does not exit with 0. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['inherit', 2, 2], shell: isWindows, ...options });
  if (result.status === 0) return;
  const why =
    result.error?.message ?? (result.signal ? `was ended by ${result.signal}` : `exited with ${result.status}`);
  throw new Error(`${command} ${args.join(' ')} ${why}`);
}

/** Runs to the end and answers `{ ok, output }`, output being stdout and stderr together. */
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20, ...options });
  return {
    ok: result.status === 0,
    output: `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`,
  };
}

/** The same as capture, without holding up what else is going on. */
export function captureAsync(command, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => done({ ok: false, output: output + error.message }));
    child.once('close', (status) => done({ ok: status === 0, output }));
  });
}

/** The path of a program, looked for in PATH and then in the given folders; undefined when there is none. */
export function findProgram(name, folders = []) {
  const everywhere = [...(process.env.PATH ?? '').split(delimiter), ...folders].filter(Boolean);
  return everywhere.map((folder) => resolve(folder, name)).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Becomes the given Node program: same terminal, signals passed on, its exit status ours. */
export function handOverTo(script, args = process.argv.slice(2)) {
  const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  // A terminal sends Ctrl-C to the whole group, so the child has it already; passing it on would look like a second one.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`cannot run ${script}: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (status, signal) => process.exit(signal ? 1 : (status ?? 1)));
}
