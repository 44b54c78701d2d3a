import { type Command } from 'commander';
import { readStackState, type StackState } from '../../../deploy/local/state.js';
import { contextOf } from '../context/context.js';
import { type ListView, type Output } from '../output/output.js';
import { withExamples } from './examples.js';
import { stackView } from './stack-view.js';

interface Part {
  part: string;
  kind: 'service' | 'server';
  ok: boolean;
  detail: string;
  ms: number | null;
}

const partList: ListView<Part> = {
  name: ({ part }) => part,
  empty: '',
  columns: [
    { head: 'PART', of: ({ part }) => part },
    { head: 'KIND', of: ({ kind }) => kind },
    { head: 'STATE', of: ({ ok }) => (ok ? 'ok' : 'DOWN') },
    { head: 'ANSWERED IN', of: ({ ms }) => (ms === null ? '-' : `${ms} ms`) },
    { head: 'DETAIL', of: ({ ok, detail }) => (ok ? '' : detail) },
  ],
};

export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .description('whether the platform runs, and each of its parts')
    .action(async (_options: unknown, self: Command) => {
      const context = contextOf(self);
      const { out, home } = context;
      const stack = readStackState(home);
      const system = await context.ask((client) => client.GET('/api/v1/system'));
      const parts = [...partsOf('service', system.services), ...partsOf('server', system.servers)];
      if (out.format === 'table') show(out, stack, parts);
      else if (out.format === 'name') out.data(system.status);
      else out.value({ stack: stack ?? null, ...system });
      out.note(`Version ${system.version}, ${system.status}.`);
      if (system.status !== 'ok') context.exitWith('unavailable');
    });
  withExamples(command, 'status', 'status -o json | jq .services');
}

function show(out: Output, stack: StackState | undefined, parts: Part[]): void {
  if (stack) out.item(stack, stackView);
  if (stack) out.data('');
  out.list(parts, partList);
}

function partsOf(
  kind: Part['kind'],
  parts: Record<string, { ok: boolean; detail: string; ms: number | null }>,
): Part[] {
  return Object.entries(parts).map(([part, state]) => ({ part, kind, ...state }));
}
