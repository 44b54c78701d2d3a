/** B11: resident memory of the five services, idle and while B1 runs. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Bench } from '../bench.js';
import { atMost, type Findings } from '../figures.js';
import { memoryByService, memoryOf, memoryWhile } from '../platform/memory.js';
import { medianOf } from '../statistics.js';
import { type Scenario } from './scenario.js';

export const memoryOfServices: Scenario = { id: 'b11', title: 'resident memory of the five services', measure };

async function measure(bench: Bench): Promise<Findings> {
  const platform = await bench.platform();
  await pause(bench.size(10_000, 500));
  const idle: number[] = [];
  for (let n = 0; n < bench.size(10, 2); n++) {
    idle.push(memoryOf(platform));
    await pause(bench.size(500, 50));
  }
  const order = { runs: bench.size(30_000, 200), inFlight: 100 };
  const { seen: busy } = await memoryWhile(platform, () => platform.singles(order));
  return {
    figures: [
      { id: 'B11', name: 'idle', unit: 'MB', value: medianOf(idle), must: atMost(600), aim: atMost(350) },
      { id: 'B11', name: 'in B1, at most', unit: 'MB', value: Math.max(...busy), must: atMost(900), aim: atMost(600) },
    ],
    series: [
      { name: 'idle', unit: 'MB', values: idle },
      { name: 'in B1', unit: 'MB', values: busy },
    ],
    costs: [{ name: 'after B1', unit: 'MB', byProcess: memoryByService(platform) }],
  };
}
