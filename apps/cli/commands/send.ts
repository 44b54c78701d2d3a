import { type Command } from 'commander';
import { contextOf } from '../context/context.js';
import { withExamples } from './examples.js';
import { type CallOptions, startRun, withCallOptions } from './start-run.js';

export function addSend(program: Command): void {
  const command = program
    .command('send <task>')
    .description('start a task and print the id of its run')
    .action(async (task: string, options: CallOptions, self: Command) => {
      const context = contextOf(self);
      const runId = await startRun(context, task, options);
      context.out.note(`Sent. Its result: tasksmith result ${runId} --wait`);
      if (context.out.format === 'table' || context.out.format === 'name') context.out.data(runId);
      else context.out.value({ runId });
    });
  withExamples(
    withCallOptions(command),
    'send word_stats --arg text="Hello"',
    'result "$(tasksmith send word_stats --arg text=Hello)" --wait',
  );
}
