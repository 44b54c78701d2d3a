import { type Command } from 'commander';
import { stopRunningStack } from '../../../deploy/local/state.js';
import { contextOf } from '../context/context.js';
import { withExamples } from './examples.js';

export function addDown(program: Command): void {
  const command = program
    .command('down')
    .description('stop the platform on this machine; what it knows is kept')
    .action(async (_options: unknown, self: Command) => {
      const { out, home } = contextOf(self);
      const stopped = await stopRunningStack(home);
      out.note(stopped ? 'Stopped.' : `Nothing runs in ${home}.`);
    });
  withExamples(command, 'down');
}
