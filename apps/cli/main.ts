#!/usr/bin/env node
/** `tasksmith`: reads the command line, runs the command, and turns what goes wrong into words and an exit code. */
import { CommanderError } from 'commander';
import { CliError, exitCodes } from './failures.js';
import { coloursFor } from './output/colours.js';
import { createProgram } from './program.js';

process.exitCode = exitCodes.ok;
// `| head` closes the pipe before everything is written: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  // Commander has said what is wrong already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const colours = coloursFor(process.stderr);
  const { message, hint, code } = explained(error);
  process.stderr.write(`${colours.red('error:')} ${message}\n`);
  if (hint) process.stderr.write(`${colours.cyan('hint:')} ${hint}\n`);
  return code;
}

function explained(error: unknown): { message: string; hint: string; code: number } {
  if (error instanceof CliError) return { message: error.message, hint: error.hint, code: exitCodes[error.exit] };
  const message = error instanceof Error ? error.message : String(error);
  if (process.env['TASKSMITH_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return { message, hint: 'TASKSMITH_DEBUG=1 shows where it came from.', code: exitCodes.error };
}
