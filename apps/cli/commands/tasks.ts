import { type Command } from 'commander';
import { contextOf } from '../context/context.js';
import { taskList, taskView } from '../output/views.js';
import { wholeNumber } from './arguments.js';
import { withExamples } from './examples.js';

interface ListOptions {
  category?: string;
  queue?: string;
  limit: number;
}

export function addTasks(program: Command): void {
  const tasks = program.command('tasks').description('what can be called');
  const list = tasks
    .command('ls')
    .description('list tasks')
    .action((options: ListOptions, self: Command) => show(self, options));
  const search = tasks
    .command('search <text>')
    .description('find tasks by name, description and category; the best first')
    .action((text: string, options: ListOptions, self: Command) => show(self, { ...options, text }));
  for (const command of [list, search])
    command
      .option('--category <name>', 'only of this category')
      .option('--queue <name>', 'only of this queue')
      .option('--limit <number>', 'at most so many', wholeNumber, 100);
  const get = tasks
    .command('get <name>')
    .description('one task with its schemas and versions')
    .action(async (name: string, _options: unknown, self: Command) => {
      const context = contextOf(self);
      const task = await context.ask((client) => client.GET('/api/v1/tasks/{name}', { params: { path: { name } } }));
      context.out.item(task, taskView);
    });
  withExamples(list, 'tasks ls', 'tasks ls --queue text -o name');
  withExamples(search, 'tasks search "count words"');
  withExamples(get, 'tasks get word_stats -o json | jq .argumentsSchema');
}

async function show(self: Command, query: ListOptions & { text?: string }): Promise<void> {
  const context = contextOf(self);
  const { items, total } = await context.ask((client) => client.GET('/api/v1/tasks', { params: { query } }));
  context.out.list(items, taskList);
  if (total > items.length) context.out.note(`${items.length} of ${total} shown; --limit shows more.`);
}
