/** What `run` and `send` share: the flags of a call, and the call. */
import { type Command } from 'commander';
import { type Context } from '../context/context.js';
import { collect, durationMs, type GivenArguments, taskArguments, wholeNumber } from './arguments.js';

export interface CallOptions extends GivenArguments {
  priority?: number;
  delay?: number;
  taskVersion?: number;
  idempotencyKey?: string;
}

export function withCallOptions(command: Command): Command {
  return command
    .option(
      '-a, --arg <name=value>',
      'an argument; the value is JSON if it parses, @file reads a file (repeatable)',
      collect,
    )
    .option('--args-json <json>', 'all arguments as a JSON object, or - to read it from stdin')
    .option('-p, --priority <0-9>', '9 goes first; default 4', wholeNumber)
    .option('--task-version <number>', 'a version that still runs; default the active one', wholeNumber)
    .option('--delay <duration>', 'not to be started before so long from now, e.g. 10s or 5m', durationMs)
    .option('--idempotency-key <key>', 'the same key gives the same run');
}

/** The id of the accepted run. */
export async function startRun(context: Context, task: string, options: CallOptions): Promise<string> {
  const { priority, delay: delayMs, taskVersion: version, idempotencyKey } = options;
  const call = { task, arguments: taskArguments(options) };
  const more = {
    ...(priority !== undefined && { priority }),
    ...(delayMs && { delayMs }),
    ...(version && { version }),
  };
  const started = await context.ask((client) =>
    client.POST('/api/v1/runs', {
      body: { ...call, ...more } as never,
      ...(idempotencyKey && { headers: { 'Idempotency-Key': idempotencyKey } }),
    }),
  );
  if ('repeated' in started && started.repeated) context.out.note('This idempotency key had made this run before.');
  return started.runId;
}
