/** The task of the benchmark, as an author would write it: it adds two numbers. */

export type BenchRuntime = 'node' | 'python';

export const bundles = {
  python: {
    path: 'main.py',
    content: 'from tasksmith import task\n\n@task\ndef add(a: int, b: int) -> int:\n    return a + b\n',
  },
  node: {
    path: 'main.mjs',
    content: `import { task } from 'tasksmith';
const number = { type: 'integer' };
const parameters = { type: 'object', properties: { a: number, b: number }, required: ['a', 'b'] };
export const add = task({ name: 'add', parameters, result: number }, ({ a, b }) => a + b);
`,
  },
} as const;
