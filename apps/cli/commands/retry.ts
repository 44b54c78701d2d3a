import { type Command } from 'commander';
import { contextOf } from '../context/context.js';
import { durationMs } from './arguments.js';
import { awaitRun, DEFAULT_TIMEOUT_MS } from './await-run.js';
import { withExamples } from './examples.js';

export function addRetry(program: Command): void {
  const command = program
    .command('retry <run-id>')
    .description('run a finished run again, as a new run')
    .option('-w, --wait', 'wait for its result')
    .option('--timeout <duration>', 'how long to wait', durationMs, DEFAULT_TIMEOUT_MS)
    .action(async (runId: string, { wait, timeout }: { wait?: boolean; timeout: number }, self: Command) => {
      const context = contextOf(self);
      const started = await context.ask((client) =>
        client.POST('/api/v1/runs/{runId}/retry', { params: { path: { runId } } }),
      );
      if (wait) return awaitRun(context, started.runId, timeout);
      context.out.note(`Its result: tasksmith result ${started.runId} --wait`);
      if (context.out.format === 'table' || context.out.format === 'name') context.out.data(started.runId);
      else context.out.value(started);
    });
  withExamples(command, 'retry 0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e --wait');
}
