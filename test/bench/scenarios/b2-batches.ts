/** B2: how fast batches of 1,000 are answered with all results. */
import { type Bench } from '../bench.js';
import { atLeast, type Findings } from '../figures.js';
import { cpuSeries, ratesOf, rateSeries } from '../sample.js';
import { medianOf, pairRatios } from '../statistics.js';
import { depthNote, measureBatches } from './batches.js';
import { type Scenario } from './scenario.js';

export const batchSubmissions: Scenario = { id: 'b2', title: 'batches of 1,000, results known', measure };

async function measure(bench: Bench): Promise<Findings> {
  const measured = await measureBatches(bench);
  const [ours, theirs] = measured;
  const pairs = theirs ? pairRatios(ratesOf(ours!.samples), ratesOf(theirs.samples)) : [];
  return {
    figures: theirs
      ? [
          {
            id: 'B2',
            name: 'rate over BullMQ',
            unit: 'x',
            value: medianOf(pairs),
            pairs,
            must: atLeast(2),
            aim: atLeast(2.5),
          },
        ]
      : [],
    series: measured.flatMap(({ name, samples }) => [rateSeries(name, samples), cpuSeries(name, samples)]),
    notes: [depthNote(measured)],
  };
}
