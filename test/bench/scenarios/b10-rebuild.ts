/** B10: every view of every service emptied and made again from the log, by the command that operators have. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Bench } from '../bench.js';
import { atLeast, type Findings } from '../figures.js';
import { interleave } from '../interleave.js';
import { writeHistory } from '../platform/history.js';
import { type Platform } from '../platform/platform.js';
import { repositoryRoot } from '../source-folder.js';
import { medianOf } from '../statistics.js';
import { type Scenario } from './scenario.js';

export const rebuildOfViews: Scenario = { id: 'b10', title: 'rebuild of all views', measure };

const execute = promisify(execFile);
const services = ['registry', 'deployer', 'dispatcher', 'scheduler'];

async function measure(bench: Bench): Promise<Findings> {
  const platform = await bench.platform();
  await fill(platform, bench.size(600_000, 3_000));
  const rounds = bench.quick ? 1 : 3;
  const [measured = []] = await interleave(rounds, [platform], rebuildAll);
  const { events, rows } = measured[0]!;
  const lost = measured.find((each) => each.rows !== rows);
  if (lost) throw new Error(`the view of runs had ${rows} rows after one rebuild and ${lost.rows} after another`);
  const rates = measured.map(({ seconds }) => events / seconds);
  return {
    figures: [
      { id: 'B10', name: 'events', unit: '/s', value: medianOf(rates), must: atLeast(30_000), aim: atLeast(80_000) },
    ],
    series: [{ name: 'Tasksmith', unit: 'events/s', values: rates }],
    notes: [
      `${events} events; four commands \`main.js --rebuild-views\` at a time, the start of each process included`,
    ],
  };
}

async function fill(platform: Platform, events: number): Promise<void> {
  await platform.singles({ runs: 10, inFlight: 1 });
  const runs = await platform.whileServicesAreStopped(() =>
    writeHistory({
      databaseUrl: platform.stack.urls.databaseSuperuser,
      events,
      tasks: Array.from({ length: 100 }, (_, n) => ({ name: `history_${n}`, queue: `history-${n % 20}` })),
      alreadyRead: true,
    }),
  );
  platform.noteHistory(runs);
}

async function rebuildAll(platform: Platform): Promise<{ events: number; rows: number; seconds: number }> {
  const events = await platform.count('events');
  const startedAt = performance.now();
  await Promise.all(
    services.map((service) =>
      execute(process.execPath, [join(repositoryRoot, 'dist/apps', service, 'main.js'), '--rebuild-views'], {
        env: platform.stack.env,
      }),
    ),
  );
  return { events, seconds: (performance.now() - startedAt) / 1_000, rows: await platform.count('runs') };
}
