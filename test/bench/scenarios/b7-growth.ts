/** B7: B1's rate with a long history, many tasks and many queues, against a platform that knows only the one task. */
import { type Bench } from '../bench.js';
import { atLeast, type Findings } from '../figures.js';
import { interleave } from '../interleave.js';
import { type Platform } from '../platform/platform.js';
import { writeHistory } from '../platform/history.js';
import { costsOf, cpuSeries, ratesOf, rateSeries, sampleSingles, sizeBySingles } from '../sample.js';
import { medianOf, pairRatios } from '../statistics.js';
import { type Scenario } from './scenario.js';

export const growth: Scenario = { id: 'b7', title: 'single submissions with a long history', measure };

const inFlight = 100;

async function measure(bench: Bench): Promise<Findings> {
  const { history } = bench.settings;
  const tasks = bench.size(1_000, 20);
  const queues = bench.size(200, 4);
  const empty = await bench.platform('node');
  const grown = await bench.platform('node', 'Tasksmith, full');
  const startedAt = performance.now();
  await grow(grown, { events: history, tasks, queues });
  const growSeconds = (performance.now() - startedAt) / 1_000;
  const platforms = [grown, empty];
  const limits = { seconds: 2.5, least: bench.size(1_000, 100), most: bench.size(10_000, 100) };
  for (const each of platforms) await each.singles({ runs: bench.size(2_000, 50), inFlight });
  const runs = await sizeBySingles(empty, { runs: bench.size(2_000, 50), inFlight }, limits);
  const measured = await interleave(bench.pairs, platforms, (each) => sampleSingles(each, { runs, inFlight }));
  const pairs = pairRatios(ratesOf(measured[0]!), ratesOf(measured[1]!));
  return {
    figures: [
      {
        id: 'B7',
        name: 'rate over an empty log',
        unit: 'x',
        value: medianOf(pairs),
        pairs,
        must: atLeast(0.85),
        aim: atLeast(0.95),
      },
    ],
    series: platforms.flatMap(({ name }, index) => [
      rateSeries(name, measured[index]!),
      cpuSeries(name, measured[index]!),
    ]),
    costs: platforms.map(({ name }, index) => costsOf(name, measured[index]!)),
    notes: [
      `${history} events of earlier runs, ${tasks} tasks registered over REST on ${queues} queues, made in ${growSeconds.toFixed(0)} s`,
      'the history is bulk SQL: copies of a real run under ids, tasks and moments of their own; views filled and readers of the log put at its end',
    ],
  };
}

/** The services are stopped meanwhile: they would read the history as news. */
async function grow(platform: Platform, { events, tasks, queues }: { events: number; tasks: number; queues: number }) {
  await platform.singles({ runs: 10, inFlight: 1 });
  const registered = Array.from({ length: tasks }, (_, n) => ({
    name: `history_${n}`,
    queue: `history-${n % queues}`,
  }));
  for (const { name, queue } of registered) await platform.registerUnserved(name, queue);
  const runs = await platform.whileServicesAreStopped(() =>
    writeHistory({ databaseUrl: platform.stack.urls.databaseSuperuser, events, tasks: registered, alreadyRead: true }),
  );
  platform.noteHistory(runs);
}
