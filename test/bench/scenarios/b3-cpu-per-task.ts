/** B3: CPU time of one task in B2, everything included: client, services, worker, servers, all events, JetStream, views. */
import { type Bench } from '../bench.js';
import { atMost, type Findings } from '../figures.js';
import { costsOf, cpuSeries } from '../sample.js';
import { medianOf } from '../statistics.js';
import { depthNote, measureBatches } from './batches.js';
import { type Scenario } from './scenario.js';

export const cpuPerTask: Scenario = { id: 'b3', title: 'CPU per task in batches, everything included', measure };

async function measure(bench: Bench): Promise<Findings> {
  const measured = await measureBatches(bench);
  const series = measured.map(({ name, samples }) => cpuSeries(name, samples));
  const value = medianOf(series[0]!.values);
  return {
    figures: [{ id: 'B3', name: 'CPU per task', unit: 'µs', value, must: atMost(200), aim: atMost(120) }],
    series,
    costs: measured.map(({ name, samples }) => costsOf(name, samples)),
    notes: [
      'counted until every event is in JetStream and in the view of runs; the process of the benchmark itself only waits',
      depthNote(measured),
    ],
  };
}
