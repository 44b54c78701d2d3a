import { type Command } from 'commander';
import { contextOf } from '../context/context.js';
import { isFinished } from '../platform/wait-for-run.js';
import { durationMs } from './arguments.js';
import { awaitRun, DEFAULT_TIMEOUT_MS, showFinished } from './await-run.js';
import { withExamples } from './examples.js';

export function addResult(program: Command): void {
  const command = program
    .command('result <run-id>')
    .description('the result of a run')
    .option('-w, --wait', 'wait until it has finished')
    .option('--timeout <duration>', 'how long to wait', durationMs, DEFAULT_TIMEOUT_MS)
    .action(async (runId: string, { wait, timeout }: { wait?: boolean; timeout: number }, self: Command) => {
      const context = contextOf(self);
      if (wait) return awaitRun(context, runId, timeout);
      const run = await context.ask((client) => client.GET('/api/v1/runs/{runId}', { params: { path: { runId } } }));
      if (isFinished(run)) return showFinished(context, run);
      const { out } = context;
      if (out.format === 'table')
        out.note(`Run ${runId} is ${run.status}. To wait for it: tasksmith result ${runId} --wait`);
      else out.value(run);
      context.exitWith('timeout');
    });
  withExamples(
    command,
    'result 0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e',
    'result 0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e --wait -o json',
  );
}
