/** Batches of 1,000 over REST against addBulk(1000), results known: measured once, shown by B2 (rate) and B3 (what it costs). */
import { type Bench } from '../bench.js';
import { type BatchesOrder, type Contestant } from '../contestant.js';
import { interleave, roundSize } from '../interleave.js';
import { type Sample, sampleBatches } from '../sample.js';

export interface MeasuredBatches {
  name: string;
  /** Batches in flight: what was the fastest for this contestant just before. */
  inFlight: number;
  samples: Sample[];
}

const size = 1_000;

/** Ours first. */
export function measureBatches(bench: Bench): Promise<MeasuredBatches[]> {
  return bench.remember('batches', async () => {
    const peer = await bench.bullMq();
    const ours = await bench.platform();
    const contestants: Contestant[] = peer ? [ours, peer] : [ours];
    const orders = new Map<Contestant, BatchesOrder>();
    for (const each of contestants) orders.set(each, await bestOrder(bench, each));
    const measured = await interleave(bench.pairs, contestants, (each) => sampleBatches(each, orders.get(each)!));
    return contestants.map((each, index) => ({
      name: each.name,
      inFlight: orders.get(each)!.inFlight,
      samples: measured[index]!,
    }));
  });
}

/** Also the warm-up. A round takes about three seconds. */
async function bestOrder(bench: Bench, contestant: Contestant): Promise<BatchesOrder> {
  const depths = bench.quick ? [1] : [1, 2, 4];
  const batches = bench.size(8, 1);
  await contestant.batches({ batches, size, inFlight: 2 });
  const seconds: number[] = [];
  for (const inFlight of depths) seconds.push((await contestant.batches({ batches, size, inFlight })).seconds);
  const fastest = Math.min(...seconds);
  const limits = { seconds: 3, least: bench.size(8, 2), most: bench.size(40, 2) };
  const inFlight = depths[seconds.indexOf(fastest)]!;
  return { batches: roundSize({ tasks: batches, seconds: fastest }, limits), size, inFlight };
}

export function depthNote(measured: readonly MeasuredBatches[]): string {
  const depths = measured.map(({ name, inFlight }) => `${name} ${inFlight}`).join(', ');
  return `batches in flight, for each what was fastest of 1, 2 and 4 beforehand: ${depths}`;
}
