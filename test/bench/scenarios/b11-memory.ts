/** B11: resident memory of the five services, idle and while B1 runs. */
import { setTimeout as pause } from 'node:timers/promises';
import { serviceNames } from '../../../deploy/local/index.js';
import { type Bench } from '../bench.js';
import { atMost, type Findings } from '../figures.js';
import { type Platform } from '../platform/platform.js';
import { residentBytes } from '../process-usage.js';
import { medianOf } from '../statistics.js';
import { type Scenario } from './scenario.js';

export const memoryOfServices: Scenario = { id: 'b11', title: 'resident memory of the five services', measure };

const MB = 1_000_000;

async function measure(bench: Bench): Promise<Findings> {
  const platform = await bench.platform();
  await pause(bench.size(10_000, 500));
  const idle: number[] = [];
  for (let n = 0; n < bench.size(10, 2); n++) {
    idle.push(residentOf(platform));
    await pause(bench.size(500, 50));
  }
  const busy = await whileBusy(platform, bench.size(30_000, 200));
  const each = serviceNames.map((name) => [name, residentBytes(platform.stack.processes[name].pid!) / MB] as const);
  return {
    figures: [
      { id: 'B11', name: 'idle', unit: 'MB', value: medianOf(idle), must: atMost(600), aim: atMost(350) },
      { id: 'B11', name: 'in B1, at most', unit: 'MB', value: Math.max(...busy), must: atMost(900), aim: atMost(600) },
    ],
    series: [
      { name: 'idle', unit: 'MB', values: idle },
      { name: 'in B1', unit: 'MB', values: busy },
    ],
    costs: [{ name: 'after B1', unit: 'MB', byProcess: Object.fromEntries(each) }],
  };
}

async function whileBusy(platform: Platform, runs: number): Promise<number[]> {
  const seen = [residentOf(platform)];
  const timer = setInterval(() => seen.push(residentOf(platform)), 200);
  try {
    await platform.singles({ runs, inFlight: 100 });
  } finally {
    clearInterval(timer);
  }
  return seen;
}

function residentOf(platform: Platform): number {
  return serviceNames.reduce((sum, name) => sum + residentBytes(platform.stack.processes[name].pid!), 0) / MB;
}
