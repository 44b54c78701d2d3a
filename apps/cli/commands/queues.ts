import { type Command } from 'commander';
import { contextOf } from '../context/context.js';
import { queueList } from '../output/views.js';
import { withExamples } from './examples.js';

export function addQueues(program: Command): void {
  const command = program
    .command('queues')
    .description('where runs wait')
    .command('ls')
    .description('list queues with what waits and runs in them')
    .action(async (_options: unknown, self: Command) => {
      const context = contextOf(self);
      const { queues } = await context.ask((client) => client.GET('/api/v1/queues'));
      context.out.list(queues, queueList);
    });
  withExamples(command, 'queues ls', 'queues ls -o json | jq ".[].waiting"');
}
