/** B8: very many waiting runs: memory in Redis for each, and how fast they are worked off compared with a short queue. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Bench } from '../bench.js';
import { sampleDrain } from '../drain.js';
import { atLeast, atMost, type Findings } from '../figures.js';
import { roundSize } from '../interleave.js';
import { type Platform } from '../platform/platform.js';
import { medianOf, pairRatios } from '../statistics.js';
import { type Scenario } from './scenario.js';

export const manyWaiting: Scenario = { id: 'b8', title: 'very many waiting runs', measure };

const CHUNK = 20_000;
const FILL_FOR_MS = 120_000;
const ALL_PUSHED_WITHIN_MS = 60_000;
const ALL_RECORDED_WITHIN_MS = 30_000;

async function measure(bench: Bench): Promise<Findings> {
  const short = await bench.platform('node');
  const long = await bench.platform('node', 'Tasksmith, full');
  const rounds = bench.pairs;
  for (const each of [short, long]) await sampleDrain(each, bench.size(20_000, 100));
  // In less than seconds, what the view of runs and the relay take of the processors would fall into rounds of one side more than of the other.
  const { perSecond } = await sampleDrain(short, bench.size(20_000, 100));
  const wanted = roundSize({ tasks: perSecond, seconds: 1 }, { seconds: 2, least: 100, most: bench.size(50_000, 100) });
  const part = Math.min(wanted, Math.floor(bench.settings.waiting / (rounds + 2)));
  const backlog = await fillUp(long, bench.settings.waiting);
  const [shortRates, longRates]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    longRates.push(await drainPart(long, part));
    shortRates.push((await sampleDrain(short, part)).perSecond);
  }
  // The first finds workers that were held for minutes, and Postgres at the tidying up after so many rows.
  for (const rates of [longRates, shortRates]) rates.shift();
  await noteLeftovers(long);
  const pairs = pairRatios(longRates, shortRates);
  const kilobytes = backlog.bytes / backlog.waiting / 1_000;
  return {
    figures: [
      {
        id: 'B8',
        name: 'Redis memory for a waiting run',
        unit: 'KB',
        value: kilobytes,
        must: atMost(1),
        aim: atMost(0.5),
      },
      {
        id: 'B8',
        name: 'draining rate over a short queue',
        unit: 'x',
        value: medianOf(pairs),
        pairs,
        must: atLeast(0.85),
        aim: atLeast(0.95),
      },
    ],
    series: [
      { name: long.name, unit: 'runs/s', values: longRates },
      { name: short.name, unit: 'runs/s', values: shortRates },
    ],
    notes: [
      `${backlog.waiting} waiting runs of ${bench.settings.waiting} asked for (--waiting), accepted over REST in ${backlog.seconds.toFixed(0)} s; it stops after ${FILL_FOR_MS / 1_000} s`,
      `${part} runs a round, after one that is not counted; the worker is held (SIGSTOP) while runs are handed in and between rounds`,
    ],
  };
}

interface Backlog {
  waiting: number;
  seconds: number;
  /** What Redis grew by. */
  bytes: number;
}

async function fillUp(platform: Platform, wanted: number): Promise<Backlog> {
  platform.pause();
  const before = await usedMemory(platform);
  const startedAt = performance.now();
  let handedIn = 0;
  while (handedIn < wanted && performance.now() - startedAt < FILL_FOR_MS) {
    const chunk = Math.min(CHUNK, wanted - handedIn);
    await platform.fill(chunk);
    handedIn += chunk;
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const deadline = performance.now() + ALL_PUSHED_WITHIN_MS;
  while ((await platform.jobsIn(platform.lane)) < handedIn) {
    if (performance.now() > deadline) throw new Error(`not all of ${handedIn} waiting runs came to Redis`);
    await pause(100);
  }
  await platform.settled();
  return { waiting: handedIn, seconds, bytes: (await usedMemory(platform)) - before };
}

/**
 * Runs a second: the worker is let go until it has taken so many, and the time ends when the last of them is recorded. A worker is faster than what records its
 * outcomes; let go for as long as that takes, it would work off many times as many as from a short queue, on the same processors.
 */
async function drainPart(platform: Platform, tasks: number): Promise<number> {
  await platform.settled();
  const before = await platform.jobsIn(platform.lane);
  // Of a smoke's few, the part before may have taken all.
  const enough = Math.max(0, (await platform.waitingIn(platform.lane)) - tasks);
  const startedAt = performance.now();
  platform.resume();
  while ((await platform.waitingIn(platform.lane)) > enough) await pause(10);
  platform.pause();
  await untilRecorded(platform);
  const seconds = (performance.now() - startedAt) / 1_000;
  return (before - (await platform.jobsIn(platform.lane))) / seconds;
}

async function untilRecorded(platform: Platform): Promise<void> {
  const deadline = performance.now() + ALL_RECORDED_WITHIN_MS;
  while ((await platform.reportedIn(platform.lane)) > 0) {
    if (performance.now() > deadline) throw new Error('the dispatcher does not finish what workers have reported');
    await pause(10);
  }
}

/** With nothing reported, every run has ended or is a job in Redis. */
async function noteLeftovers(platform: Platform): Promise<void> {
  await untilRecorded(platform);
  await platform.settled();
  platform.noteWaiting(await platform.jobsIn(platform.lane));
}

async function usedMemory(platform: Platform): Promise<number> {
  const [, bytes = 'NaN'] = /^used_memory:(\d+)/m.exec(await platform.redis.info('memory')) ?? [];
  return Number(bytes);
}
