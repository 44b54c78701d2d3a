/** The tasks of the shared behaviour suite in TypeScript. */
import { type RuntimeFixtures } from './worker-behaviour.js';

const main = `
import { currentRun, log, progress as report, sleep, SoftTimeLimitExceeded, task, TaskError, type TaskContext } from 'tasksmith';
import { type Milliseconds, spin } from './spin';

const object = (properties: Record<string, unknown>, required = Object.keys(properties)) =>
  ({ type: 'object', properties, required, additionalProperties: false }) as const;
const ms = object({ ms: { type: 'number' } });

export const add = task(
  {
    name: 'add',
    description: 'Adds two numbers.',
    parameters: object({ a: { type: 'number' }, b: { type: 'number', default: 2 } }, ['a']),
    result: { type: 'number' },
  },
  ({ a, b = 2 }: { a: number; b?: number }) => a + b,
);

task({ name: 'echo' }, ({ value }: { value: unknown }) => value);
task({ name: 'fail' }, function fail({ message }: { message: string }): never {
  throw new Error(message);
});
task({ name: 'fail_permanent' }, ({ message }: { message: string }) => {
  throw new TaskError(message, { retryable: false });
});
task({ name: 'who_am_i' }, async () => {
  const { id, attempt } = currentRun();
  return { run: id, attempt };
});
task({ name: 'sleep', parameters: ms }, async (args: Milliseconds) => {
  await sleep(args.ms);
  return 'slept';
});
task({ name: 'sleep_patiently', parameters: ms }, async (args: Milliseconds, { signal }: TaskContext) => {
  try {
    await sleep(args.ms);
    return 'slept';
  } catch (error) {
    if (error instanceof SoftTimeLimitExceeded && signal.aborted) return 'partial';
    throw error;
  }
});
task({ name: 'stubborn', parameters: ms }, async (args: Milliseconds) => {
  await new Promise((resolve) => setTimeout(resolve, args.ms));
});
task({ name: 'busy', parameters: ms }, (args: Milliseconds) => spin(args));
task({ name: 'progress' }, async ({ steps }: { steps: number }) => {
  for (let i = 1; i <= steps; i++) report(i / steps, \`step \${i}\`);
  return steps;
});
task({ name: 'print_lines' }, async ({ count }: { count: number }) => {
  for (let i = 0; i < count; i++) console.log(\`line \${i}\`);
  console.error('oops');
  log('noted');
  return count;
});
task({ name: 'crash' }, () => {
  const hoard: number[][] = [];
  for (;;) hoard.push(Array.from({ length: 100_000 }, (_, i) => i + 0.5));
});
task({ name: 'exit_process' }, () => process.exit(3));
task({ name: 'big_result' }, ({ bytes }: { bytes: number }) => 'x'.repeat(bytes));
task({ name: 'not_json' }, () => ({ items: [1, Number.NaN] }));
`;

const spin = `
export interface Milliseconds { ms: number }

export function spin({ ms }: Milliseconds): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
`;

export const nodeFixtures: RuntimeFixtures = {
  bundle: { 'main.ts': main, 'spin.ts': spin },
  broken: { 'main.ts': "import { nothing } from 'no-such-package';\nconsole.log(nothing);\n" },
  brokenReason: 'no-such-package',
};
