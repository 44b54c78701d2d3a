// The guided tour on a stack of its own, twice: on an empty home, and on what the first one left.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStackState } from '../../deploy/local/index.js';
import { dist, ended, type Ended, makeWorld, type World } from './cli-program.js';

let world: World;
beforeAll(() => void (world = makeWorld('demo', 17_270)));
afterAll(() => world.remove());

function demo(...args: string[]): Promise<Ended> {
  const { cwd, env } = world;
  return ended(spawn(process.execPath, [join(dist, 'apps/cli/demo/main.js'), ...args], { cwd, env }));
}

describe('the demo', () => {
  it.each([
    ['an empty home', 1],
    ['what an earlier one left', 2],
  ])('goes the whole way on %s and stops what it started', async (_home, version) => {
    const { code, stdout, stderr } = await demo('--once', '-o', 'json');
    expect(stderr).toContain('Now it is yours');
    expect(code).toBe(0);

    const summary = JSON.parse(stdout) as Record<string, unknown>;
    expect(summary).toMatchObject({
      ok: true,
      start: { startedHere: true },
      deployment: { version, host: 'process', smokeTests: 2 },
      generated: { files: expect.arrayContaining(['main.py', 'words.py', 'tasksmith.json']) as unknown },
      found: { names: expect.arrayContaining(['word_stats']) as unknown },
      call: { words: 18_196, mostFrequent: ['the', 'a', 'and', 'of', 'for'] },
      many: { runs: 1_000, succeeded: 1_000 },
      schedule: { firings: [{}, {}] },
      history: {
        events: [
          { version: 1, type: 'RunAccepted' },
          { version: 2, type: 'RunStarted' },
          { version: 3, type: 'RunSucceeded' },
        ],
      },
      wrongArgument: { code: 'arguments.invalid', message: expect.stringContaining('"top"') as unknown },
    });
    expect(summary.urls).toEqual({
      mcp: expect.stringMatching(/\/mcp$/) as unknown,
      api: expect.stringMatching(/\/api\/v1$/) as unknown,
      docs: expect.stringMatching(/\/api\/docs$/) as unknown,
    });
    expect(readStackState(world.home)).toBeUndefined();
  });

  it('says what it does not understand', async () => {
    const { code, stderr } = await demo('--twice');
    expect(code).toBe(2);
    expect(stderr).toMatch(/error: .*--twice/);
  });
});
