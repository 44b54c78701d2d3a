import { describe, expect, it } from 'vitest';
import { isRefused, type KeyId } from '#contracts';
import { type ServedTask } from '../../catalogue/index.js';
import { type Caller } from '../../auth/index.js';
import { shownArguments, shownResult } from './shown-schema.js';
import { chooseTasks, parseTaskChoice, type TaskChoice } from './task-choice.js';
import { taskToolName, tasksNamedBy } from './task-tool-name.js';
import { isSameList, TaskTools } from './task-tools.js';

const caller: Caller = { keyId: 'k' as KeyId, name: 'k', scope: 'agent', actor: 'key:k' };
const task = (name: string, more: Partial<ServedTask> = {}) =>
  ({
    name,
    by: 'key:k',
    category: 'general',
    publishedAt: 1,
    argumentsSchema: { type: 'object' },
    resultSchema: {},
    description: '',
    deprecated: null,
    version: 1,
    ...more,
  }) as ServedTask;
const names = (choice: TaskChoice, tasks: ServedTask[]) => chooseTasks(choice, tasks, caller).map(({ name }) => name);

describe('the name of a task tool', () => {
  it('is the name of the task with a prefix, within what clients take', () => {
    expect(taskToolName('word_stats')).toBe('task_word_stats');
    expect(taskToolName('app.add')).toBe('task_app__add');
    expect(taskToolName('a'.repeat(25))).toBe(`task_${'a'.repeat(25)}`);
    expect(taskToolName('a'.repeat(26))).toBeUndefined();
  });

  it('leads back to the task', () => {
    expect(tasksNamedBy('task_app__add')).toEqual(['app__add', 'app.add']);
    expect(tasksNamedBy('task_add')).toEqual(['add']);
    expect(tasksNamedBy('deploy_task')).toEqual([]);
  });
});

describe('the choice of tasks', () => {
  it('is read from the URL', () => {
    expect(parseTaskChoice(undefined)).toEqual({ kind: 'own' });
    expect(parseTaskChoice('all')).toEqual({ kind: 'all' });
    expect(parseTaskChoice('none')).toEqual({ kind: 'none' });
    expect(parseTaskChoice('category:text tools')).toEqual({ kind: 'category', category: 'text tools' });
    expect(parseTaskChoice('add, app.mul')).toEqual({ kind: 'named', names: ['add', 'app.mul'] });
    for (const wrong of ['category:', 'Add', 'a,,b', 'a b', '../x'])
      expect(isRefused(parseTaskChoice(wrong))).toBe(true);
  });

  it('is by default the 15 tasks that the key deployed last', () => {
    const own = Array.from({ length: 20 }, (_, index) =>
      task(`own_${String(index).padStart(2, '0')}`, { publishedAt: index }),
    );
    const chosen = names({ kind: 'own' }, [...own, task('foreign', { by: 'key:other', publishedAt: 99 })]);
    expect(chosen).toHaveLength(15);
    expect(chosen[0]).toBe('own_05');
    expect(chosen).toEqual([...chosen].sort());
  });
});

describe('a schema that a client is shown', () => {
  it('is always an object with objects as properties', () => {
    expect(shownArguments({})).toEqual({ type: 'object' });
    expect(shownArguments({ properties: { a: true, b: false, c: { type: 'string' } }, required: 'a' })).toEqual({
      type: 'object',
      properties: { a: {}, b: { not: {} }, c: { type: 'string' } },
    });
  });

  it('leaves out what needs a resolver, is nested without end, or is too long', () => {
    expect(shownArguments({ properties: { a: { $ref: '#/$defs/a' } } })).toEqual({ type: 'object' });
    let deep: Record<string, unknown> = {};
    for (let level = 0; level < 50; level++) deep = { type: 'object', properties: { deep } };
    expect(shownArguments(deep)).toEqual({ type: 'object' });
    expect(shownArguments({ type: 'object', description: 'x'.repeat(10_000) })).toEqual({ type: 'object' });
    expect(shownResult({ type: 'object', $ref: 'http://x' })).toBeUndefined();
    expect(shownResult({ type: 'array' })).toBeUndefined();
  });

  it('has clean and short descriptions, also of a property that is named description', () => {
    const properties = { description: { type: 'string', description: `a\u202eb${'c'.repeat(500)}` } };
    const shown = shownArguments({ type: 'object', properties }) as {
      properties: { description: { description: string } };
    };
    expect(shown.properties.description.description).toMatch(/^abc+…$/);
    expect(shown.properties.description.description).toHaveLength(300);
  });
});

describe('the lists of task tools', () => {
  it('are made once until the catalogue changes, and differ only when a task does', () => {
    let changed = () => {};
    let served = [task('a'), task('b')];
    let made = 0;
    const tools = new TaskTools({
      all: () => (made++, served),
      onChange: (callback) => ((changed = callback), () => {}),
      resolve: async () => ({}) as never,
    });
    const first = tools.listFor(caller, { kind: 'own' });
    expect(tools.listFor(caller, { kind: 'own' })).toBe(first);
    expect(made).toBe(1);
    served = [...served, task('z', { by: 'key:other' })];
    changed();
    expect(isSameList(first, tools.listFor(caller, { kind: 'own' }))).toBe(true);
    served = [task('a', { version: 2 }), served[1]!];
    changed();
    expect(isSameList(first, tools.listFor(caller, { kind: 'own' }))).toBe(false);
  });

  it('have one tool for two names that become one', () => {
    const tools = new TaskTools({
      all: () => [task('a__b'), task('a.b')],
      onChange: () => () => {},
      resolve: async () => ({}) as never,
    });
    expect(tools.listFor(caller, { kind: 'all' }).tools.map(({ name, title }) => [name, title])).toEqual([
      ['task_a__b', 'a.b'],
    ]);
  });
});
