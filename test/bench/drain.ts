/** A backlog is made while the workers are held; the time from letting them go until the last result is in place. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Drainable } from './contestant.js';
import { type Sample, sample } from './sample.js';

const LOOK_EVERY_MS = 10;
const DRAINED_WITHIN_MS = 180_000;

/** Filling counts neither for the rate nor for the CPU time. */
export async function sampleDrain(contestant: Drainable, tasks: number): Promise<Sample> {
  contestant.pause();
  try {
    await contestant.fill(tasks);
  } catch (error) {
    contestant.resume();
    throw error;
  }
  const drained = await sample(contestant, tasks, async () => {
    const startedAt = performance.now();
    contestant.resume();
    await untilDrained(contestant);
    return { seconds: (performance.now() - startedAt) / 1_000, latenciesMs: [] };
  });
  await contestant.verify();
  return drained;
}

async function untilDrained(contestant: Drainable): Promise<void> {
  const deadline = performance.now() + DRAINED_WITHIN_MS;
  while (!(await contestant.isDrained())) {
    if (performance.now() > deadline) throw new Error(`${contestant.name} did not finish its backlog`);
    await pause(LOOK_EVERY_MS);
  }
}
