/** B1: single calls over REST, 100 in flight, each answered with its result; against BullMQ's add() and waitUntilFinished. */
import { type Bench } from '../bench.js';
import { type Contestant } from '../contestant.js';
import { atLeast, type Findings } from '../figures.js';
import { interleave } from '../interleave.js';
import { costsOf, cpuSeries, ratesOf, rateSeries, sampleSingles, sizeBySingles } from '../sample.js';
import { medianOf, pairRatios } from '../statistics.js';
import { type Scenario } from './scenario.js';

export const singleSubmissions: Scenario = {
  id: 'b1',
  title: 'single submissions, 100 in flight, results known',
  measure,
};

const inFlight = 100;

async function measure(bench: Bench): Promise<Findings> {
  const ours = await bench.platform();
  const peer = await bench.bullMq();
  const contestants: Contestant[] = peer ? [ours, peer] : [ours];
  const sizes = new Map<Contestant, number>();
  for (const each of contestants) sizes.set(each, await sizeOf(bench, each));
  const measured = await interleave(bench.pairs, contestants, (each) =>
    sampleSingles(each, { runs: sizes.get(each)!, inFlight }),
  );
  const further = await measureFurther(bench);
  const pairs = peer ? pairRatios(ratesOf(measured[0]!), ratesOf(measured[1]!)) : [];
  const all = [...contestants.map(({ name }, index) => ({ name, samples: measured[index]! })), ...further];
  return {
    figures: peer
      ? [
          {
            id: 'B1',
            name: 'rate over BullMQ',
            unit: 'x',
            value: medianOf(pairs),
            pairs,
            must: atLeast(0.8),
            aim: atLeast(1.2),
          },
        ]
      : [],
    series: all.flatMap(({ name, samples }) => [rateSeries(name, samples), cpuSeries(name, samples)]),
    costs: all.map(({ name, samples }) => costsOf(name, samples)),
    notes: [
      `${[...sizes.values()].join(' and ')} runs a round, after a warm-up; a worker with the default of 4 slots, BullMQ's with concurrency 100`,
      'pg-boss has no waiting for results: its client asks for those in flight every 5 ms; graphile-worker keeps no results',
    ],
  };
}

/** Two warm-ups: the first one's rate is that of code that was not compiled yet, which some 20,000 calls change. */
async function sizeOf(bench: Bench, contestant: Contestant): Promise<number> {
  await contestant.singles({ runs: bench.size(20_000, 50), inFlight });
  const limits = { seconds: 5, least: bench.size(1_000, 100), most: bench.size(40_000, 200) };
  return sizeBySingles(contestant, { runs: bench.size(2_000, 50), inFlight }, limits);
}

/** For the table only, after the pairs, so that they do not warm or tire the machine between two halves of one. */
async function measureFurther(bench: Bench) {
  const runs = bench.size(1_000, 50);
  const further = [];
  for (const start of [() => bench.pgBoss(), () => bench.graphileWorker()]) {
    const peer = await start();
    if (!peer) continue;
    await peer.singles({ runs: bench.size(500, 20), inFlight });
    const [samples = []] = await interleave(bench.quick ? 1 : 3, [peer], (each) =>
      sampleSingles(each, { runs, inFlight }),
    );
    further.push({ name: peer.name, samples });
  }
  return further;
}
