import { describe, expect, it } from 'vitest';
import { isRefused, Parameter, type TaskName } from '#contracts';
import { complete, declare, type DescribedTask } from './declarations.js';

const add = 'add' as TaskName;
const described: DescribedTask = {
  name: add,
  description: 'from the code',
  parameters: { title: 'from the code' },
  result: { type: 'number' },
};
const caller = { task: add, description: '', policies: {} };
const completed = (declarations: ReturnType<typeof declare>, tasks = [described]) => {
  const all = complete({ task: add, declarations, smokeTests: [] }, tasks);
  if (isRefused(all)) throw new Error(all.refusal.message);
  return all;
};

describe('what is declared of a task', () => {
  it('is what the code says when nobody else says anything', () => {
    expect(completed(declare(caller, []))).toEqual([
      {
        name: 'add',
        description: 'from the code',
        argumentsSchema: { title: 'from the code' },
        resultSchema: { type: 'number' },
        policies: {},
      },
    ]);
  });

  it('is what the manifest says over the code', () => {
    const manifest = {
      name: add,
      description: 'from the manifest',
      parameters: { title: 'manifest' },
      policies: { maxAttempts: 3 },
    };
    expect(completed(declare(caller, [manifest]))).toMatchObject([
      {
        description: 'from the manifest',
        argumentsSchema: { title: 'manifest' },
        resultSchema: { type: 'number' },
        policies: { maxAttempts: 3 },
      },
    ]);
  });

  it('is what the caller says over both, policy by policy', () => {
    const word = {
      ...caller,
      description: 'from the caller',
      parameters: [Parameter.parse({ name: 'a', type: 'int' })],
      returnType: 'str',
      policies: { hardLimitMs: 1_000 },
    };
    const manifest = {
      name: add,
      description: 'x',
      parameters: { title: 'manifest' },
      policies: { maxAttempts: 3, hardLimitMs: 9 },
    };
    expect(completed(declare(word, [manifest]))).toMatchObject([
      {
        description: 'from the caller',
        argumentsSchema: { properties: { a: { type: 'integer' } } },
        resultSchema: { type: 'string' },
        policies: { maxAttempts: 3, hardLimitMs: 1_000 },
      },
    ]);
  });

  it("leaves the caller's word to the task it is about", () => {
    const sub = 'sub' as TaskName;
    const declarations = declare({ ...caller, policies: { maxAttempts: 9 } }, [{ name: sub, description: 'minus' }]);
    expect(completed(declarations, [described, { ...described, name: sub }])).toMatchObject([
      { name: 'add', policies: { maxAttempts: 9 } },
      { name: 'sub', description: 'minus', policies: {} },
    ]);
  });

  it('is refused when the code lacks the task, or one that a smoke test calls', () => {
    const other = { ...described, name: 'other' as TaskName };
    const lacking = complete({ task: add, declarations: [], smokeTests: [] }, [other]);
    expect(isRefused(lacking) && lacking.refusal.message).toMatch(/no task add; its tasks: other/);
    const untestable = complete({ task: add, declarations: [], smokeTests: [{ task: other.name, arguments: {} }] }, [
      described,
    ]);
    expect(isRefused(untestable) && untestable.refusal.message).toMatch(/smoke test calls other/);
  });
});
