import { type Command } from 'commander';
import { contextOf } from '../context/context.js';
import { onInterrupt } from '../context/interruption.js';
import { type Output } from '../output/output.js';
import { moment, short } from '../output/values.js';
import { followEvents, type PlatformEvent } from '../platform/follow-events.js';
import { wholeNumber } from './arguments.js';
import { withExamples } from './examples.js';

interface TailOptions {
  category?: string;
  type?: string;
  stream?: string;
  after?: string;
  limit?: number;
}

export function addEvents(program: Command): void {
  const tail = program
    .command('events')
    .description('the log of everything that happened')
    .command('tail')
    .description('show events as they happen, until Ctrl-C')
    .option('--category <name>', 'only of run, task, deployment, schedule, key or idempotency')
    .option('--type <name>', 'only of this type, e.g. RunFailed')
    .option('--stream <name>', 'only of one stream, e.g. task-word_stats')
    .option('--after <cursor>', 'go on after this place; 0.0 is the beginning of the log')
    .option('--limit <number>', 'end after so many', wholeNumber)
    .action((options: TailOptions, self: Command) => follow(self, options));
  withExamples(
    tail,
    'events tail',
    'events tail --category run --type RunFailed -o ndjson',
    'events tail --after 0.0 --limit 20',
  );
}

async function follow(self: Command, { limit = Infinity, ...filter }: TailOptions): Promise<void> {
  const context = contextOf(self);
  const interrupt = onInterrupt();
  const onBreak = (why: string) => context.out.note(`The line broke (${why}); it is being opened again.`);
  let last = filter.after;
  let shown = 0;
  for await (const event of followEvents(context.settings, { ...filter, signal: interrupt.signal, onBreak })) {
    showEvent(context.out, event);
    last = event.cursor;
    shown += 1;
    if (shown >= limit) return interrupt.release();
  }
  interrupt.release();
  if (last !== undefined) context.out.note(`\nTo go on from here: tasksmith events tail --after ${last}`);
  context.exitWith('interrupted');
}

function showEvent(out: Output, event: PlatformEvent): void {
  const { at, type, stream, version, data } = event;
  const particulars = short(JSON.stringify(data), 100);
  out.line(
    event,
    `${out.dataColours.dim(moment(at))}  ${type.padEnd(24)} ${stream}@${version}  ${out.dataColours.dim(particulars)}`,
  );
}
