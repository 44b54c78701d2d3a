/** Batches of 1,000 over REST against addBulk(1000), results known: measured once, shown by B2 (rate) and B3 (what it costs). */
import { type Bench } from '../bench.js';
import { type Contestant } from '../contestant.js';
import { interleave } from '../interleave.js';
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
    const depths: number[] = [];
    for (const each of contestants) depths.push(await bestDepth(bench, each));
    const batches = bench.size(24, 2);
    const measured = await interleave(bench.pairs, contestants, (each) =>
      sampleBatches(each, { batches, size, inFlight: depths[contestants.indexOf(each)]! }),
    );
    return contestants.map(({ name }, index) => ({ name, inFlight: depths[index]!, samples: measured[index]! }));
  });
}

/** Also the warm-up. */
async function bestDepth(bench: Bench, contestant: Contestant): Promise<number> {
  const depths = bench.quick ? [1] : [1, 2, 4];
  await contestant.batches({ batches: bench.size(12, 1), size, inFlight: 2 });
  const seconds: number[] = [];
  for (const inFlight of depths) {
    const { seconds: taken } = await contestant.batches({ batches: bench.size(12, 1), size, inFlight });
    seconds.push(taken);
  }
  return depths[seconds.indexOf(Math.min(...seconds))]!;
}

export function depthNote(measured: readonly MeasuredBatches[]): string {
  const depths = measured.map(({ name, inFlight }) => `${name} ${inFlight}`).join(', ');
  return `batches in flight, for each what was fastest of 1, 2 and 4 beforehand: ${depths}`;
}
