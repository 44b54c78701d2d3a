import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHome, UnusableHome } from './home.js';
import { startStack } from './stack.js';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'tasksmith-home-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const advice = /where this user cannot write .* name another one with --home or TASKSMITH_HOME/;

describe('a home', () => {
  it('is made with all folders above it, and may be opened again', () => {
    const path = join(folder, 'a/b/home');
    expect(openHome(path)).toEqual(openHome(path));
    expect(existsSync(join(path, 'data'))).toBe(true);
  });

  it('behind a file is refused', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => openHome(join(folder, 'file/home'))).toThrow(advice);
    expect(() => openHome(join(folder, 'file'))).toThrow(UnusableHome);
  });

  it.each(['/proc/tasksmith', '/proc/self', '/dev/null/tasksmith'])('at %s fails the start at once', async (home) => {
    await expect(startStack({ home })).rejects.toThrow(advice);
  });
});
