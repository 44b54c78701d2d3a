/** One measurement of one contestant: how fast, and what it cost each of its processes until everything had settled. */
import { type BatchesOrder, type Contestant, type SinglesOrder, type Timing } from './contestant.js';
import { type RoundLimits, roundSize } from './interleave.js';
import { type Costs, type Series } from './figures.js';
import { type CpuTimes, cpuTimesOf, difference, total } from './process-usage.js';
import { medianOf } from './statistics.js';

export interface Sample {
  tasks: number;
  perSecond: number;
  latenciesMs: number[];
  /** By process, in microseconds of CPU. */
  cpuPerTask: CpuTimes;
}

export function sampleSingles(contestant: Contestant, order: SinglesOrder): Promise<Sample> {
  return sample(contestant, order.runs, () => contestant.singles(order));
}

/** Warms a contestant up with single calls; answers how many make a round. */
export async function sizeBySingles(contestant: Contestant, order: SinglesOrder, limits: RoundLimits): Promise<number> {
  const { seconds } = await contestant.singles(order);
  return roundSize({ tasks: order.runs, seconds }, limits);
}

export function sampleBatches(contestant: Contestant, order: BatchesOrder): Promise<Sample> {
  return sample(contestant, order.batches * order.size, () => contestant.batches(order));
}

export async function sample(contestant: Contestant, tasks: number, work: () => Promise<Timing>): Promise<Sample> {
  await contestant.settled();
  const processes = contestant.processes();
  const before = cpuTimesOf(processes);
  const { seconds, latenciesMs } = await work();
  await contestant.settled();
  const used = difference(before, cpuTimesOf(processes));
  const cpuPerTask = Object.fromEntries(Object.entries(used).map(([name, micros]) => [name, micros / tasks]));
  return { tasks, perSecond: tasks / seconds, latenciesMs, cpuPerTask };
}

export function ratesOf(samples: readonly Sample[]): number[] {
  return samples.map(({ perSecond }) => perSecond);
}

export function rateSeries(name: string, samples: readonly Sample[]): Series {
  return { name, unit: 'runs/s', values: ratesOf(samples) };
}

export function cpuSeries(name: string, samples: readonly Sample[]): Series {
  return { name, unit: 'µs CPU/task', values: samples.map(({ cpuPerTask }) => total(cpuPerTask)) };
}

/** The median of each process by itself. */
export function costsOf(name: string, samples: readonly Sample[]): Costs {
  const processes = Object.keys(samples[0]?.cpuPerTask ?? {});
  const byProcess = Object.fromEntries(
    processes.map((process) => [process, medianOf(samples.map(({ cpuPerTask }) => cpuPerTask[process] ?? 0))]),
  );
  return { name, unit: 'µs of CPU per task', byProcess };
}
