import { Argument, type Command, Option } from 'commander';
import { type Schemas } from '#client';
import { contextOf } from '../context/context.js';
import { keyList } from '../output/views.js';
import { withExamples } from './examples.js';

type Scope = Schemas['KeyView']['scope'];
const scopes: Scope[] = ['viewer', 'agent', 'operator', 'admin'];

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('API keys');
  const create = keys
    .command('create')
    .addArgument(new Argument('<name>', 'who or what will use it'))
    .addOption(new Option('--scope <scope>', 'what it may do').choices(scopes).default('agent'))
    .description('make a key; it is printed this once and kept nowhere')
    .action(async (name: string, { scope }: { scope: Scope }, self: Command) => {
      const context = contextOf(self);
      const created = await context.ask((client) => client.POST('/api/v1/keys', { body: { name, scope } }));
      context.out.note(`Key ${created.keyId} "${name}" may do what ${scope}s may. It is shown only this once:`);
      if (context.out.format === 'table') context.out.data(created.key);
      else context.out.item(created, { rows: () => [], name: ({ key }) => key });
    });
  const list = keys
    .command('ls')
    .description('list keys, without their secrets')
    .action(async (_options: unknown, self: Command) => {
      const context = contextOf(self);
      const { keys: known } = await context.ask((client) => client.GET('/api/v1/keys'));
      context.out.list(known, keyList);
    });
  const revoke = keys
    .command('revoke <key-id>')
    .description('let a key open nothing any more')
    .action(async (keyId: string, _options: unknown, self: Command) => {
      const context = contextOf(self);
      await context.ask((client) => client.DELETE('/api/v1/keys/{keyId}', { params: { path: { keyId } } }));
      context.out.note(`Key ${keyId} is revoked.`);
    });
  withExamples(create, 'keys create "Claude on my laptop" --scope agent', 'keys create ci --scope operator > key.txt');
  withExamples(list, 'keys ls');
  withExamples(revoke, 'keys revoke 4fJq0cVb1ZxA');
}
