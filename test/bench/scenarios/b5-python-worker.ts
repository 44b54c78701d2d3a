/** B5: a Python worker with four slots works off a backlog, against Celery's prefork pool of four with late acknowledgement. */
import { type Bench } from '../bench.js';
import { type Drainable } from '../contestant.js';
import { sampleDrain } from '../drain.js';
import { atLeast, type Findings } from '../figures.js';
import { interleave, roundSize } from '../interleave.js';
import { costsOf, cpuSeries, ratesOf, rateSeries } from '../sample.js';
import { medianOf, pairRatios } from '../statistics.js';
import { type Scenario } from './scenario.js';

export const pythonWorker: Scenario = { id: 'b5', title: 'a Python worker with 4 slots drains a backlog', measure };

async function measure(bench: Bench): Promise<Findings> {
  const ours = await bench.platform('python');
  const peer = await bench.celery();
  const contestants: Drainable[] = peer ? [ours, peer] : [ours];
  const limits = { seconds: 3, least: bench.size(500, 100), most: bench.size(20_000, 300) };
  const sizes = new Map<Drainable, number>();
  for (const each of contestants) {
    const { perSecond } = await sampleDrain(each, bench.size(1_000, 50));
    sizes.set(each, roundSize({ tasks: perSecond, seconds: 1 }, limits));
  }
  const measured = await interleave(bench.pairs, contestants, (each) => sampleDrain(each, sizes.get(each)!));
  const pairs = peer ? pairRatios(ratesOf(measured[0]!), ratesOf(measured[1]!)) : [];
  return {
    figures: peer
      ? [
          {
            id: 'B5',
            name: 'rate over Celery',
            unit: 'x',
            value: medianOf(pairs),
            pairs,
            must: atLeast(5),
            aim: atLeast(10),
          },
        ]
      : [],
    series: contestants.flatMap(({ name }, index) => [
      rateSeries(name, measured[index]!),
      cpuSeries(name, measured[index]!),
    ]),
    costs: contestants.map(({ name }, index) => costsOf(name, measured[index]!)),
    notes: [
      'the workers are held (SIGSTOP) while the backlog is made; timed from letting them go until the last end is in the log (Celery: result stored and acknowledged)',
      `backlogs: ${contestants.map((each) => `${each.name} ${sizes.get(each)}`).join(', ')}; each takes seconds`,
    ],
  };
}
