/** B9: everything in Redis is gone while runs wait in several queues; how long until every queue is complete again. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Bench } from '../bench.js';
import { atMost, type Findings } from '../figures.js';
import { interleave } from '../interleave.js';
import { type Platform } from '../platform/platform.js';
import { medianOf } from '../statistics.js';
import { type Scenario } from './scenario.js';

export const wipedRedis: Scenario = { id: 'b9', title: 'Redis wiped while runs wait', measure };

const queues = Array.from({ length: 10 }, (_, n) => `wiped-${n}`);
const COMPLETE_WITHIN_MS = 120_000;

async function measure(bench: Bench): Promise<Findings> {
  const waiting = bench.size(100_000, 1_000);
  const platform = await bench.platform();
  const tasks = queues.map((queue) => queue.replace('-', '_'));
  for (const [index, task] of tasks.entries()) await platform.registerUnserved(task, queues[index]!);
  await platform.fill(waiting, tasks);
  platform.noteWaiting(waiting);
  await untilComplete(platform, waiting);
  const [seconds = []] = await interleave(bench.quick ? 1 : 3, [platform], async () => {
    const startedAt = performance.now();
    await platform.redis.flushall();
    await untilComplete(platform, waiting);
    return (performance.now() - startedAt) / 1_000;
  });
  return {
    figures: [
      { id: 'B9', name: 'complete again after', unit: 's', value: medianOf(seconds), must: atMost(10), aim: atMost(3) },
    ],
    series: [{ name: 'Tasksmith', unit: 's', values: seconds }],
    notes: [`${waiting} runs waiting in ${queues.length} queues; each FLUSHALL until the last job is back`],
  };
}

async function untilComplete(platform: Platform, waiting: number): Promise<void> {
  const deadline = performance.now() + COMPLETE_WITHIN_MS;
  for (;;) {
    const jobs = await Promise.all(queues.map((queue) => platform.jobsIn(queue)));
    const there = jobs.reduce((sum, count) => sum + count, 0);
    if (there === waiting) return;
    if (there > waiting) throw new Error(`${there} jobs for ${waiting} waiting runs`);
    if (performance.now() > deadline) throw new Error(`only ${there} of ${waiting} waiting runs are in Redis`);
    await pause(20);
  }
}
