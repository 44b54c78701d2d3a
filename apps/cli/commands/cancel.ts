import { type Command } from 'commander';
import { contextOf } from '../context/context.js';
import { runView } from '../output/views.js';
import { withExamples } from './examples.js';

export function addCancel(program: Command): void {
  const command = program
    .command('cancel <run-id>')
    .description('cancel a run: at once while it waits, cooperatively while it runs')
    .option('--reason <text>', 'kept in its history')
    .action(async (runId: string, { reason }: { reason?: string }, self: Command) => {
      const context = contextOf(self);
      const params = { path: { runId } };
      const run = await context.ask((client) =>
        client.POST('/api/v1/runs/{runId}/cancel', { params, body: reason === undefined ? {} : { reason } }),
      );
      context.out.item(run, runView);
    });
  withExamples(command, 'cancel 0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e --reason "not needed any more"');
}
