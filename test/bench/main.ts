/**
 * `npm run bench [-- --json] [-- --quick]`: latency and throughput of the shipped build on this machine, everything on it included.
 * Results are checked, and afterwards the events are counted in Postgres: three for each run.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { startStack, type Stack } from '../../deploy/local/index.js';
import { BenchApi } from './api.js';
import {
  batches,
  type BenchRuntime,
  bundles,
  concurrentCalls,
  deployAdder,
  type Figures,
  syncCalls,
} from './scenarios.js';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});
const scale = values.quick ? 0.05 : 1;
const FIRST_PORT = 18_070;

interface Report {
  machine: { cores: number; node: string; loadBefore: number };
  deploySeconds: Record<string, number>;
  figures: Record<string, Figures>;
  runs: number;
  events: number;
}

const home = await mkdtemp(join(tmpdir(), 'tasksmith-bench-'));
await chmod(home, 0o755); // PostgreSQL runs as another user when this is root, and must get in.
const loadBefore = loadavg()[0]!;
const stack = await startStack({
  home,
  port: FIRST_PORT,
  env: { ...process.env, TASKSMITH_WORKER_HOST: 'process' },
  serviceEnv: { LOG_LEVEL: 'warn' },
});
try {
  const report = await measure(stack);
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : tableOf(report));
  if (report.events !== report.runs * 3)
    throw new Error(`${report.runs} runs left ${report.events} events, not three each`);
} finally {
  await stack.stop();
  await rm(home, { recursive: true, force: true });
}

async function measure({ urls, adminKey }: Stack): Promise<Report> {
  const api = new BenchApi(urls.api, adminKey);
  const report: Report = {
    machine: { cores: cpus().length, node: process.version, loadBefore },
    deploySeconds: {},
    figures: {},
    runs: 0,
    events: 0,
  };
  for (const runtime of Object.keys(bundles) as BenchRuntime[]) {
    report.deploySeconds[runtime] = Math.round((await deployAdder(api, runtime)) * 100) / 100;
    await syncCalls(api, Math.ceil(200 * scale)); // warm up
    report.runs += Math.ceil(200 * scale);
    const measured = {
      'one at a time': await syncCalls(api, 1_000 * scale),
      '100 in flight': await concurrentCalls(api, { runs: 10_000 * scale, inFlight: 100 }),
      'batches of 1,000': await batches(api, Math.ceil(20 * scale)),
    };
    for (const [scenario, figures] of Object.entries(measured)) {
      report.figures[`${runtime}: ${scenario}`] = figures;
      report.runs += figures.runs;
    }
  }
  api.close();
  report.events = await countRunEvents(urls.database);
  return report;
}

async function countRunEvents(databaseUrl: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM events WHERE category = 'run'`,
  );
  await client.end();
  return rows[0]!.count;
}

function tableOf({ machine, deploySeconds, figures, runs, events }: Report): string {
  const rows = Object.entries(figures).map(([name, { perSecond, p50Ms, p95Ms, p99Ms }]) =>
    [
      name.padEnd(28),
      String(perSecond).padStart(8),
      ...[p50Ms, p95Ms, p99Ms].map((ms) => (ms === undefined ? '-' : ms.toFixed(2)).padStart(9)),
    ].join(' '),
  );
  return [
    `${machine.cores} cores, Node ${machine.node}, load before ${machine.loadBefore.toFixed(2)}`,
    `deploy until active: ${Object.entries(deploySeconds)
      .map(([runtime, seconds]) => `${runtime} ${seconds} s`)
      .join(', ')}`,
    `${'results known to the caller'.padEnd(28)}    runs/s    p50 ms    p95 ms    p99 ms`,
    ...rows,
    `${runs} runs, all results right; ${events} events in the log\n`,
  ].join('\n');
}
