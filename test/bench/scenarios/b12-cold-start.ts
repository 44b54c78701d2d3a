/** B12: the local stack from `npm start` until it is ready, not for the first time; a worker process from its start until its first run has ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Bench } from '../bench.js';
import { atMost, type Findings } from '../figures.js';
import { interleave } from '../interleave.js';
import { type BenchRuntime } from '../platform/bundles.js';
import { ColdWorker } from '../platform/cold-worker.js';
import { repositoryRoot } from '../source-folder.js';
import { medianOf } from '../statistics.js';
import { makeTemporaryHome } from '../temporary-home.js';
import { type Scenario } from './scenario.js';

export const coldStart: Scenario = { id: 'b12', title: 'cold starts', measure };

const PORT = 18_370;
const runtimes: readonly BenchRuntime[] = ['node', 'python'];

async function measure(bench: Bench): Promise<Findings> {
  const stack = await measureStack(bench);
  const platform = await bench.platform();
  const workers: ColdWorker[] = [];
  for (const runtime of runtimes)
    workers.push(await bench.keep(`cold ${runtime}`, async () => new ColdWorker(platform.stack.urls.redis, runtime)));
  for (const each of workers) await each.startOnce();
  const measured = await interleave(bench.size(5, 1), workers, (each) => each.startOnce());
  return {
    figures: [
      {
        id: 'B12',
        name: 'the local stack, second start',
        unit: 's',
        value: medianOf(stack),
        must: atMost(8),
        aim: atMost(4),
      },
      ...runtimes.map((runtime, index) => ({
        id: 'B12',
        name: `a ${runtime} worker until its first run has ended`,
        unit: 'ms',
        value: medianOf(measured[index]!),
        must: atMost(400),
        aim: atMost(150),
      })),
    ],
    series: [
      { name: 'npm start until ready', unit: 's', values: stack },
      ...runtimes.map((runtime, index) => ({ name: `${runtime} worker`, unit: 'ms', values: measured[index]! })),
    ],
    notes: ['the first start of the home, which makes the database, and the first of each worker are not counted'],
  };
}

async function measureStack(bench: Bench): Promise<number[]> {
  const home = makeTemporaryHome();
  try {
    const seconds = [];
    for (let start = 0; start <= bench.size(5, 1); start++) seconds.push(await startOnce(home.path));
    return seconds.slice(1);
  } finally {
    home.remove();
  }
}

/** What `npm start` runs, from its first process on; then a stop in good order. */
async function startOnce(home: string): Promise<number> {
  const startedAt = performance.now();
  const args = [join(repositoryRoot, 'deploy/scripts/start.mjs'), '--home', home, '--port', String(PORT)];
  const stack = spawn(process.execPath, args, { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(stack, 'exit');
  const endIt = () => stack.kill('SIGTERM');
  process.once('exit', endIt);
  let seconds: number | undefined;
  for await (const line of createInterface({ input: stack.stdout })) {
    if (!line.includes('Tasksmith is running')) continue;
    seconds = (performance.now() - startedAt) / 1_000;
    stack.kill('SIGTERM');
  }
  await ended;
  process.off('exit', endIt);
  if (seconds === undefined) throw new Error('the local stack did not start');
  return seconds;
}
