import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { savedLocally } from './save-generated.js';

let cwd: string;
beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'tasksmith-generated-'))));
afterEach(() => rmSync(cwd, { recursive: true }));

const answer = (files: { path: string; content: string }[]) => ({
  content: [],
  structuredContent: { success: true, files, instructions: 'Read them.' },
});

it('saves the files under task and queue, and says where', () => {
  const files = [{ path: 'lib/words.py', content: 'x = 1\n' }];
  const result = savedLocally(answer(files), { task_name: 'add' }, cwd);
  expect(readFileSync(join(cwd, 'generated_tasks/add_celery/lib/words.py'), 'utf8')).toBe('x = 1\n');
  const { instructions } = result.structuredContent as { instructions: string };
  expect(instructions).toContain(join(cwd, 'generated_tasks/add_celery'));
  expect(instructions).toContain('Read them.');
  expect(JSON.parse((result.content[0] as { text: string }).text)).toEqual(result.structuredContent);
});

it('writes nothing outside of its folder', () => {
  expect(() => savedLocally(answer([{ path: '../out.py', content: '' }]), { task_name: 'add' }, cwd)).toThrow(
    /outside/,
  );
  savedLocally(answer([{ path: 'a.py', content: '' }]), { task_name: '../../up', queue: 'q' }, cwd);
  expect(readdirSync(cwd)).toEqual(['generated_tasks']);
});

it('leaves an error as it is', () => {
  const error = { isError: true, content: [], structuredContent: { success: false } };
  expect(savedLocally(error, { task_name: 'add' }, cwd)).toBe(error);
  expect(readdirSync(cwd)).toEqual([]);
});
