import { type Command } from 'commander';
import { type Context, contextOf } from '../context/context.js';
import { onInterrupt } from '../context/interruption.js';
import { CliError } from '../failures.js';
import { BEGINNING, followEvents, type PlatformEvent } from '../platform/follow-events.js';
import { wholeNumber } from './arguments.js';
import { showDeploymentLog } from './deployment-log.js';
import { withExamples } from './examples.js';

interface LogOptions {
  follow?: boolean;
  deployment?: string;
  tail: number;
}

const ends = new Set(['RunSucceeded', 'RunFailed', 'RunTimedOut', 'RunCancelled', 'RunDeadLettered']);

export function addLogs(program: Command): void {
  const command = program
    .command('logs [run-id]')
    .description('what a run printed and how far it got; or the log of a deployment')
    .option('-f, --follow', 'go on until it has finished')
    .option('--deployment <id>', 'the log of a deployment instead')
    .option('--tail <number>', 'of a deployment: at most so many lines', wholeNumber, 500)
    .action(async (runId: string | undefined, options: LogOptions, self: Command) => {
      const context = contextOf(self);
      if (options.deployment !== undefined) return showDeploymentLog(context, options.deployment, options);
      if (runId === undefined)
        throw new CliError('usage', 'Of which run?', 'tasksmith logs <run id>, or tasksmith logs --deployment <id>');
      return options.follow ? followRun(context, runId) : showRun(context, runId);
    });
  withExamples(
    command,
    'logs 0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e -f',
    'logs --deployment 0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e',
  );
}

async function showRun(context: Context, runId: string): Promise<void> {
  const params = { path: { runId } };
  const { events } = await context.ask((client) => client.GET('/api/v1/runs/{runId}/events', { params }));
  for (const event of events) showLines(context, event);
}

async function followRun(context: Context, runId: string): Promise<void> {
  // An unknown run has no events that would ever end the following.
  await context.ask((client) => client.GET('/api/v1/runs/{runId}', { params: { path: { runId } } }));
  const interrupt = onInterrupt();
  const following = { stream: `run-${runId}`, after: BEGINNING, signal: interrupt.signal };
  for await (const event of followEvents(context.settings, following)) {
    showLines(context, event);
    if (!ends.has(event.type)) continue;
    context.out.note(context.out.colours.dim(`-- ${event.type}`));
    return interrupt.release();
  }
  interrupt.release();
  context.out.note(`\nDetached; the run goes on. To follow it again: tasksmith logs ${runId} -f`);
  context.exitWith('interrupted');
}

interface Logged {
  lines: { at: number | string; stream: string; text: string }[];
}
interface Progressed {
  fraction: number;
  message: string | null;
}

function showLines({ out }: Context, { type, data }: PlatformEvent): void {
  if (type === 'RunLogged')
    for (const line of (data as unknown as Logged).lines)
      out.line(line, line.stream === 'stderr' ? out.dataColours.red(line.text) : line.text);
  if (type !== 'RunProgressed') return;
  const { fraction, message } = data as unknown as Progressed;
  out.note(out.colours.dim(`${Math.round(fraction * 100)} %${message ? ` ${message}` : ''}`));
}
