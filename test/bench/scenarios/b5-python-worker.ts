/** B5: a Python worker with four slots works off a backlog, against Celery's prefork pool of four with late acknowledgement. */
import { type Bench } from '../bench.js';
import { type Drainable } from '../contestant.js';
import { sampleDrain } from '../drain.js';
import { atLeast, type Findings } from '../figures.js';
import { interleave } from '../interleave.js';
import { costsOf, cpuSeries, ratesOf, rateSeries } from '../sample.js';
import { medianOf, pairRatios } from '../statistics.js';
import { type Scenario } from './scenario.js';

export const pythonWorker: Scenario = { id: 'b5', title: 'a Python worker with 4 slots drains a backlog', measure };

async function measure(bench: Bench): Promise<Findings> {
  const ours = await bench.platform('python');
  const peer = await bench.celery();
  const contestants: Drainable[] = peer ? [ours, peer] : [ours];
  const tasks = (each: Drainable): number => (each === peer ? bench.size(2_000, 100) : bench.size(15_000, 300));
  for (const each of contestants) await sampleDrain(each, Math.ceil(tasks(each) / 3));
  const measured = await interleave(bench.pairs, contestants, (each) => sampleDrain(each, tasks(each)));
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
      `backlogs of ${tasks(ours)} and, for Celery, ${bench.size(2_000, 100)}: both take seconds`,
    ],
  };
}
