/** Ten times as many callers as it takes to keep everything busy, for a minute: what is still done, how much memory it takes, how soon all is as before. */
import { type Bench } from '../bench.js';
import { atLeast, atMost, type Findings } from '../figures.js';
import { memoryWhile } from '../platform/memory.js';
import { type Platform, type Pressed } from '../platform/platform.js';
import { percentileOf } from '../statistics.js';
import { type Scenario } from './scenario.js';

export const overload: Scenario = { id: 'overload', title: 'ten times as many callers as it can serve', measure };

const SIZE = 1_000;
const ENOUGH = 4;
const TIMES = 10;
/** A lone call is as before when half of some are no slower than twice what they were. */
const SLOWER = 2;
const CALLS = 20;

async function measure(bench: Bench): Promise<Findings> {
  const platform = await bench.platform();
  const size = bench.size(SIZE, 10);
  const minute = bench.size(60, 0.5);
  const press = (callers: number, seconds: number) => platform.press({ seconds, callers, size });
  await press(ENOUGH, bench.size(10, 0.1));
  const lone = await loneCall(platform);
  const peak = await press(ENOUGH, bench.size(15, 0.2));
  const { seen, done: pressed } = await memoryWhile(platform, () => press(ENOUGH * TIMES, minute));
  const recoverySeconds = (await recover(platform, lone)) + Math.max(0, pressed.seconds - minute);
  const again = await press(ENOUGH, bench.size(15, 0.2));
  // The mean of before and after, for the machine is not the same all the time.
  const peakRate = (rateOf(peak) + rateOf(again)) / 2;
  const offered = pressed.done + pressed.unfinished + pressed.refused + pressed.unclear;
  return {
    figures: [
      {
        id: 'overload',
        name: 'done over what is done at best',
        unit: 'x',
        value: rateOf(pressed) / peakRate,
        must: atLeast(0.8),
      },
      { id: 'overload', name: 'until all is as before', unit: 's', value: recoverySeconds, must: atMost(30) },
    ],
    series: [
      { name: `${ENOUGH} callers, before and after`, unit: 'runs/s', values: [rateOf(peak), rateOf(again)] },
      { name: `${ENOUGH * TIMES} callers`, unit: 'runs/s', values: [rateOf(pressed)] },
      { name: 'memory of the five services, at most', unit: 'MB', values: [Math.max(...seen)] },
    ],
    notes: [
      `of ${offered} runs handed in during the minute ${pressed.refused} were refused with 429, and sent again after 0.1 s; ${pressed.unfinished} were accepted and not over within a minute; of ${pressed.unclear} their callers were not told in time`,
      'it counts from the end of the minute until every answer has come, every view has every event, and a lone call takes no longer than twice what it took',
    ],
  };
}

function rateOf({ done, seconds }: Pressed): number {
  return done / seconds;
}

async function loneCall(platform: Platform): Promise<number> {
  return percentileOf((await platform.singles({ runs: CALLS, inFlight: 1 })).latenciesMs, 0.5);
}

/** Seconds until everything has settled and calls are quick again. */
async function recover(platform: Platform, loneMs: number): Promise<number> {
  const startedAt = performance.now();
  await platform.settled();
  let lastMs: number;
  do lastMs = await loneCall(platform);
  while (lastMs > loneMs * SLOWER && performance.now() - startedAt < 60_000);
  return (performance.now() - startedAt) / 1_000;
}
