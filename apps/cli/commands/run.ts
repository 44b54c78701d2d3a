import { type Command } from 'commander';
import { contextOf } from '../context/context.js';
import { durationMs } from './arguments.js';
import { awaitRun, DEFAULT_TIMEOUT_MS } from './await-run.js';
import { withExamples } from './examples.js';
import { type CallOptions, startRun, withCallOptions } from './start-run.js';

export function addRun(program: Command): void {
  const command = program
    .command('run <task>')
    .description('run a task and wait for its result')
    .option('--timeout <duration>', 'how long to wait; the run itself goes on', durationMs, DEFAULT_TIMEOUT_MS)
    .action(async (task: string, options: CallOptions & { timeout: number }, self: Command) => {
      const context = contextOf(self);
      await awaitRun(context, await startRun(context, task, options), options.timeout);
    });
  withExamples(
    withCallOptions(command),
    'run word_stats --arg text="The cat saw the dog." --arg top=3',
    'run word_stats --arg text=@book.txt -o json | jq .result.words',
    'echo \'{"text": "Hello"}\' | tasksmith run word_stats --args-json -',
  );
}
