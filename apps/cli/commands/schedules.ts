import { type Command } from 'commander';
import { type Context, contextOf } from '../context/context.js';
import { CliError } from '../failures.js';
import { scheduleList, scheduleView } from '../output/views.js';
import { collect, durationMs, type GivenArguments, taskArguments, wholeNumber } from './arguments.js';
import { withExamples } from './examples.js';

interface CreateOptions extends GivenArguments {
  task: string;
  cron?: string;
  timeZone: string;
  every?: number;
  name?: string;
  priority?: number;
}

const EXAMPLE_ID = '0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e';

export function addSchedules(program: Command): void {
  const schedules = program.command('schedules').description('rules that start runs');
  const list = schedules
    .command('ls')
    .description('list schedules')
    .option('--limit <number>', 'at most so many', wholeNumber, 100)
    .action(async (query: { limit: number }, self: Command) => {
      const context = contextOf(self);
      const { items } = await context.ask((client) => client.GET('/api/v1/schedules', { params: { query } }));
      context.out.list(items, scheduleList);
    });
  withExamples(list, 'schedules ls');
  addCreate(schedules);
  addPause(schedules);
  addResume(schedules);
  addRunNow(schedules);
  addDelete(schedules);
}

function addCreate(schedules: Command): void {
  const command = schedules
    .command('create')
    .description('start a task again and again')
    .requiredOption('--task <name>', 'the task')
    .option('--cron <expression>', '5 or 6 fields, e.g. "0 8 * * 1-5"')
    .option('--time-zone <name>', 'in which the cron expression is meant', 'UTC')
    .option('--every <duration>', 'an interval instead, at least 1s', durationMs)
    .option('--name <text>', 'what the schedule is called')
    .option('-a, --arg <name=value>', 'an argument; the value is JSON if it parses (repeatable)', collect)
    .option('--args-json <json>', 'all arguments as a JSON object, or - to read it from stdin')
    .option('-p, --priority <0-9>', '9 goes first', wholeNumber)
    .action(async (options: CreateOptions, self: Command) => {
      const context = contextOf(self);
      context.out.item(await create(context, options), scheduleView);
    });
  withExamples(
    command,
    'schedules create --task word_stats --every 2s --arg text="Once more."',
    'schedules create --task report --cron "0 8 * * 1-5" --time-zone Europe/Vienna --name "morning report"',
  );
}

function create(context: Context, options: CreateOptions) {
  const { task, priority } = options;
  const rule = ruleOf(options);
  const name = options.name ?? `${task} ${options.cron ?? `every ${options.every! / 1_000} s`}`;
  const target = { task, arguments: taskArguments(options), ...(priority !== undefined && { priority }) };
  return context.ask((client) => client.POST('/api/v1/schedules', { body: { name, rule, target } as never }));
}

function ruleOf({ cron, every, timeZone }: CreateOptions) {
  if ((cron === undefined) === (every === undefined))
    throw new CliError(
      'usage',
      'A schedule needs either --cron or --every.',
      'For example: --every 1h, or --cron "0 8 * * *"',
    );
  return cron === undefined ? { kind: 'interval', everyMs: every } : { kind: 'cron', expression: cron, timeZone };
}

const ofId = (scheduleId: string) => ({ params: { path: { scheduleId } } });

function addPause(schedules: Command): void {
  const command = schedules
    .command('pause <schedule-id>')
    .description('let no instant fire until it is resumed')
    .action(async (id: string, _options: unknown, self: Command) => {
      const context = contextOf(self);
      context.out.item(
        await context.ask((client) => client.POST('/api/v1/schedules/{scheduleId}/pause', ofId(id))),
        scheduleView,
      );
    });
  withExamples(command, `schedules pause ${EXAMPLE_ID}`);
}

function addResume(schedules: Command): void {
  const command = schedules
    .command('resume <schedule-id>')
    .description('let it fire again')
    .action(async (id: string, _options: unknown, self: Command) => {
      const context = contextOf(self);
      context.out.item(
        await context.ask((client) => client.POST('/api/v1/schedules/{scheduleId}/resume', ofId(id))),
        scheduleView,
      );
    });
  withExamples(command, `schedules resume ${EXAMPLE_ID}`);
}

function addRunNow(schedules: Command): void {
  const command = schedules
    .command('run-now <schedule-id>')
    .description('start its target now, beside its rule')
    .action(async (id: string, _options: unknown, self: Command) => {
      const context = contextOf(self);
      const { runId } = await context.ask((client) => client.POST('/api/v1/schedules/{scheduleId}/run', ofId(id)));
      context.out.note(`Its result: tasksmith result ${runId} --wait`);
      if (context.out.format === 'table' || context.out.format === 'name') context.out.data(runId);
      else context.out.value({ runId });
    });
  withExamples(command, `schedules run-now ${EXAMPLE_ID}`);
}

function addDelete(schedules: Command): void {
  const command = schedules
    .command('delete <schedule-id>')
    .description('delete it; runs that it started go on')
    .action(async (id: string, _options: unknown, self: Command) => {
      const context = contextOf(self);
      await context.ask((client) => client.DELETE('/api/v1/schedules/{scheduleId}', ofId(id)));
      context.out.note(`Schedule ${id} is deleted.`);
    });
  withExamples(command, `schedules delete ${EXAMPLE_ID}`);
}
