import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { newId } from '#lifecycle';
import { makeTemporaryFolder, removeTemporaryFolder, temporaryFolder } from './temporary-folder.js';

const NOBODY = 65_534;
const isRoot = process.geteuid!() === 0;
let path: string;

// What root may remove says nothing of others.
beforeEach(() => {
  path = `/somewhere/${newId()}`;
  if (isRoot) process.seteuid!(NOBODY);
});
afterEach(() => {
  if (isRoot) process.seteuid!(0);
  rmSync(temporaryFolder(path, 'w'), { recursive: true, force: true });
});

it('is empty for each that starts, also when the last one left what nobody may change', async () => {
  await makeTemporaryFolder(path, 'w');
  const left = join(temporaryFolder(path, 'w'), 'modules', 'deep');
  mkdirSync(left, { recursive: true });
  writeFileSync(join(left, 'file'), '');
  chmodSync(left, 0o555);
  chmodSync(join(left, '..'), 0o000);
  await makeTemporaryFolder(path, 'w');
  expect(readdirSync(temporaryFolder(path, 'w'))).toEqual([]);
  await removeTemporaryFolder(path, 'w');
  expect(existsSync(temporaryFolder(path, 'w'))).toBe(false);
});

it('is another for another worker, and short enough for a socket in it', () => {
  expect(temporaryFolder(path, 'w')).not.toBe(temporaryFolder(path, 'w-2'));
  expect(join(temporaryFolder(path, 'w'), 'pymp-12345678', 'listener-12345678').length).toBeLessThan(107);
});

it.runIf(isRoot)('is not shared with whoever was there before', async () => {
  process.seteuid!(0);
  mkdirSync(temporaryFolder(path, 'w'));
  writeFileSync(join(temporaryFolder(path, 'w'), 'file'), '');
  process.seteuid!(NOBODY);
  await expect(makeTemporaryFolder(path, 'w')).rejects.toThrow(/EEXIST/);
  await removeTemporaryFolder(path, 'w');
});
