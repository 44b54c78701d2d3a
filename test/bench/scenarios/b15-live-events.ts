/** B15: a thousand subscribers of the live events: what an event costs the gateway more; and what one that does not read does to the others. */
import { type Bench } from '../bench.js';
import { type ChildProgram } from '../child-program.js';
import { atMost, type Findings } from '../figures.js';
import { type Platform } from '../platform/platform.js';
import { cpuTimesOf, difference } from '../process-usage.js';
import { medianOf, pairRatios } from '../statistics.js';
import { type Scenario } from './scenario.js';

export const liveEvents: Scenario = { id: 'b15', title: 'subscribers of live events', measure };

const EVENTS_PER_RUN = 3;
const WITHIN_MS = 60_000;

interface Delivery {
  seconds: number;
  least: number;
  most: number;
  cutOff: number;
}

async function measure(bench: Bench): Promise<Findings> {
  const platform = await bench.platform();
  const program = await bench.keep('sse-subscribers', () => platform.startProgram('sse-subscribers'));
  const subscribers = bench.size(1_000, 20);
  await platform.singles({ runs: bench.size(500, 20), inFlight: 10 });
  const added = await addedCost(bench, platform, program, subscribers);
  const beside = await besideSlow(bench, platform, program);
  const perSubscriber = medianOf(added) / subscribers;
  const ratios = pairRatios(beside.withSlow, beside.without);
  return {
    figures: [
      {
        id: 'B15',
        name: `added CPU of the gateway for an event to ${subscribers}`,
        unit: 'µs',
        value: medianOf(added),
        pairs: added,
      },
      { id: 'B15', name: 'the same for each subscriber', unit: 'µs', value: perSubscriber },
      {
        id: 'B15',
        name: 'time until the others have all, beside a slow one',
        unit: 'x',
        value: medianOf(ratios),
        pairs: ratios,
        must: atMost(1.25),
      },
    ],
    series: [
      { name: 'delivered beside a slow subscriber', unit: 's', values: beside.withSlow },
      { name: 'delivered without one', unit: 's', values: beside.without },
    ],
    notes: [
      `every subscriber got every event; the one that does not read was ${beside.slowCutOff ? 'cut off, as is meant' : 'not cut off yet: what it is owed fits into buffers'}`,
      'bounded: a subscriber is cut off at 1 MB of unsent events; "none" is judged as at most a quarter, which is the noise of this measurement',
    ],
  };
}

/** CPU time of the gateway for the same runs, without and with subscribers, divided by the events. */
async function addedCost(bench: Bench, platform: Platform, program: ChildProgram, count: number): Promise<number[]> {
  const runs = bench.size(300, 20);
  const added: number[] = [];
  for (let round = 0; round < bench.pairs; round++) {
    const without = await gatewayMicros(platform, () => platform.singles({ runs, inFlight: 10 }));
    await program.ask({ do: 'open', count });
    const withThem = await gatewayMicros(platform, async () => {
      await platform.singles({ runs, inFlight: 10 });
      await untilDelivered(program, runs * EVENTS_PER_RUN);
    });
    await program.ask({ do: 'close' });
    added.push((withThem - without) / (runs * EVENTS_PER_RUN));
  }
  return added;
}

async function besideSlow(bench: Bench, platform: Platform, program: ChildProgram) {
  const [withSlow, without]: [number[], number[]] = [[], []];
  let slowCutOff = false;
  const order = { batches: bench.size(10, 1), size: bench.size(1_000, 100), inFlight: 1 };
  const events = order.batches * order.size * EVENTS_PER_RUN;
  for (let round = 0; round < bench.pairs; round++)
    for (const isSlowThere of [true, false]) {
      await program.ask({ do: 'open', count: bench.size(20, 5) });
      if (isSlowThere) await program.ask({ do: 'openSlow' });
      const startedAt = performance.now();
      await platform.batches(order);
      await untilDelivered(program, events);
      (isSlowThere ? withSlow : without).push((performance.now() - startedAt) / 1_000);
      if (isSlowThere)
        slowCutOff = (await program.ask<{ cutOff: boolean }>({ do: 'isSlowCutOff', withinMs: bench.size(6_000, 100) }))
          .cutOff;
      await program.ask({ do: 'close' });
    }
  return { withSlow, without, slowCutOff };
}

async function untilDelivered(program: ChildProgram, events: number): Promise<void> {
  const { least, most, cutOff } = await program.ask<Delivery>({ do: 'until', events, withinMs: WITHIN_MS });
  if (least !== events || most !== events || cutOff > 0)
    throw new Error(`of ${events} events subscribers got ${least} to ${most}, and ${cutOff} were cut off`);
}

async function gatewayMicros(platform: Platform, work: () => Promise<unknown>): Promise<number> {
  const gateway = platform.processes().filter(({ name }) => name === 'gateway');
  await platform.settled();
  const before = cpuTimesOf(gateway);
  await work();
  await platform.settled();
  return difference(before, cpuTimesOf(gateway))['gateway']!;
}
