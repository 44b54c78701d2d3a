import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lastLines } from './log-file.js';
import { type ProgramSpec, SupervisedProcess } from './supervised-process.js';

const folder = mkdtempSync(join(tmpdir(), 'tasksmith-supervised-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program that says which signals came, and ends at one of them only. */
const program = (endsAt: NodeJS.Signals) => `
  for (const signal of ['SIGTERM', 'SIGQUIT']) process.on(signal, () => {
    console.log(signal);
    if (signal === '${endsAt}') process.exit(0);
  });
  setInterval(() => {}, 1_000);
  console.log('ready');`;

async function stopped(endsAt: NodeJS.Signals, more: Partial<ProgramSpec> = {}): Promise<string> {
  const logFile = join(folder, `${Math.random()}.log`);
  const supervised = new SupervisedProcess({
    name: 'stubborn',
    command: process.execPath,
    args: ['-e', program(endsAt)],
    env: {},
    cwd: folder,
    logFile,
    isReady: async () => lastLines(logFile).includes('ready'),
    stopTimeoutMs: 200,
    ...more,
  });
  await supervised.start();
  await supervised.stop();
  expect(supervised.pid).toBeUndefined();
  return lastLines(logFile);
}

describe('a process that is stopped', () => {
  it('gets nothing but the first signal when it ends in time', async () => {
    const heard = await stopped('SIGTERM', { stopTimeoutMs: 10_000, abortSignal: 'SIGQUIT' });
    expect(heard).toMatch(/SIGTERM/);
    expect(heard).not.toMatch(/SIGQUIT/);
  });

  it('gets the second signal when the first takes too long', async () => {
    expect(await stopped('SIGQUIT', { abortSignal: 'SIGQUIT' })).toMatch(/SIGTERM[^]*SIGQUIT/);
  });

  it('is killed when it has no second signal', async () => {
    expect(await stopped('SIGQUIT')).not.toMatch(/SIGQUIT/);
  });
});
