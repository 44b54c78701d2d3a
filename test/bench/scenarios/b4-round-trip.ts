/** B4: one call at a time, each answered with its result: p50 against BullMQ, p99 against Celery. */
import { type Bench } from '../bench.js';
import { type Contestant } from '../contestant.js';
import { atMost, type Figure, type Findings, type Limit, type Series } from '../figures.js';
import { interleave } from '../interleave.js';
import { type Sample, sampleSingles, sizeBySingles } from '../sample.js';
import { medianOf, pairRatios, percentileOf } from '../statistics.js';
import { type Scenario } from './scenario.js';

export const roundTrip: Scenario = { id: 'b4', title: 'synchronous round trip, one at a time', measure };

interface Comparison {
  peer: string;
  percentile: 'p50' | 'p99';
  must: Limit;
  aim: Limit;
}

const comparisons: readonly Comparison[] = [
  { peer: 'BullMQ', percentile: 'p50', must: atMost(2), aim: atMost(1.3) },
  { peer: 'Celery', percentile: 'p99', must: atMost(1), aim: atMost(0.6) },
];
const shares = { p50: 0.5, p95: 0.95, p99: 0.99 };

async function measure(bench: Bench): Promise<Findings> {
  const started = [await bench.platform(), await bench.bullMq(), await bench.celery()];
  const contestants = started.filter((each): each is NonNullable<typeof each> => each !== undefined) as Contestant[];
  const sizes = new Map<Contestant, number>();
  const limits = { seconds: 3, least: bench.size(300, 20), most: bench.size(1_500, 50) };
  for (const each of contestants) {
    // A service that has run for a while has compiled what it does most.
    await each.singles({ runs: bench.size(10_000, 10), inFlight: 8 });
    await each.singles({ runs: bench.size(300, 10), inFlight: 1 });
    sizes.set(each, await sizeBySingles(each, { runs: bench.size(300, 10), inFlight: 1 }, limits));
  }
  const measured = await interleave(bench.pairs, contestants, (each) =>
    sampleSingles(each, { runs: sizes.get(each)!, inFlight: 1 }),
  );
  const samplesOf = (name: string) => measured[contestants.findIndex((each) => each.name === name)];
  return {
    figures: comparisons.flatMap((each) => figureOf(each, measured[0]!, samplesOf(each.peer))),
    series: contestants.flatMap(({ name }, index) => latencySeries(name, measured[index]!)),
    notes: [`calls a round: ${contestants.map((each) => `${each.name} ${sizes.get(each)}`).join(', ')}`],
  };
}

function figureOf({ peer, percentile, must, aim }: Comparison, ours: Sample[], theirs: Sample[] | undefined): Figure[] {
  if (!theirs) return [];
  const pairs = pairRatios(percentiles(ours, shares[percentile]), percentiles(theirs, shares[percentile]));
  return [{ id: 'B4', name: `${percentile} over ${peer}'s`, unit: 'x', value: medianOf(pairs), pairs, must, aim }];
}

function latencySeries(name: string, samples: readonly Sample[]): Series[] {
  return Object.entries(shares).map(([percentile, share]) => ({
    name: `${name} ${percentile}`,
    unit: 'ms',
    values: percentiles(samples, share),
  }));
}

function percentiles(samples: readonly Sample[], share: number): number[] {
  return samples.map(({ latenciesMs }) => percentileOf(latenciesMs, share));
}
