import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { TaskName } from '#contracts';
import { contextOf } from '../context/context.js';
import { CliError } from '../failures.js';
import { nodeBundle } from '../scaffold/node.js';
import { pythonBundle } from '../scaffold/python.js';
import { withExamples } from './examples.js';

export function addInit(program: Command): void {
  const command = program
    .command('init <name>')
    .description('make a folder with a task that deploys as it is')
    .addOption(new Option('--runtime <name>', 'what it is written in').choices(['python', 'node']).default('python'))
    .option('--dir <path>', 'the folder; default the name of the task')
    .action((name: string, { runtime, dir }: { runtime: 'python' | 'node'; dir?: string }, self: Command) => {
      const { out, cwd } = contextOf(self);
      const folder = resolve(cwd, dir ?? name);
      const files = runtime === 'python' ? pythonBundle(checked(name)) : nodeBundle(checked(name));
      write(folder, files);
      const shown = relative(cwd, folder) || '.';
      out.note(`Made ${Object.keys(files).join(', ')}.`);
      out.note(`Next: tasksmith deploy ${shown} && tasksmith run ${name} --arg name=Ada`);
      if (out.format === 'table' || out.format === 'name') out.data(shown);
      else out.value({ folder, files: Object.keys(files) });
    });
  withExamples(command, 'init greet', 'init greet --runtime node --dir tasks/greet');
}

function checked(name: string): string {
  const parsed = TaskName.safeParse(name);
  if (parsed.success && !name.includes('.')) return name;
  throw new CliError(
    'usage',
    `"${name}" is not a name for a task.`,
    'A name is lower case letters, digits and underscores, starting with a letter, e.g. fetch_users.',
  );
}

function write(folder: string, files: Record<string, string>): void {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new CliError('conflict', `The folder ${folder} exists and is not empty.`, 'Choose another one with --dir.');
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content);
}
