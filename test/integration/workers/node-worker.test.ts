import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { nodeFixtures } from './node-fixtures.js';
import { workerBehaviour } from './worker-behaviour.js';
import { spawnWorker } from './worker-process.js';

const folder = mkdtempSync(join(tmpdir(), 'tasksmith-node-worker-'));
const workerFile = join(folder, 'worker.mjs');

beforeAll(async () => {
  const { bundleNodeWorker } = (await import(resolve('apps/worker-node/bundle.mjs'))) as {
    bundleNodeWorker(outfile: string): Promise<void>;
  };
  await bundleNodeWorker(workerFile);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

workerBehaviour(
  'node',
  (options) =>
    spawnWorker(process.execPath, [workerFile], {
      ...options,
      env: { TASKSMITH_SLOT_MEMORY_MB: '64', ...options.env },
    }),
  nodeFixtures,
);
