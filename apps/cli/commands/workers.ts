import { type Command } from 'commander';
import { contextOf } from '../context/context.js';
import { workerList } from '../output/views.js';
import { withExamples } from './examples.js';

export function addWorkers(program: Command): void {
  const command = program
    .command('workers')
    .description('what runs the code of tasks')
    .command('ls')
    .description('list workers, as their hosts report them')
    .action(async (_options: unknown, self: Command) => {
      const context = contextOf(self);
      const { workers } = await context.ask((client) => client.GET('/api/v1/workers'));
      context.out.list(workers, workerList);
    });
  withExamples(command, 'workers ls');
}
