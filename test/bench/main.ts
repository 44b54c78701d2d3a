/**
 * `npm run bench`: Tasksmith's shipped build and its peers, in turn, on this machine.
 * Each scenario gets servers of its own; a smoke (`--quick`) shares them. Everything is stopped and removed at the end, also on Ctrl-C.
 */
import { Bench } from './bench.js';
import { type CommandLine, readCommandLine } from './command-line.js';
import { describeMachine, watchSurroundings } from './machine.js';
import { headOf, type ScenarioReport, summaryOf, textOf } from './report.js';
import { type Scenario } from './scenarios/scenario.js';

const INTERRUPTED = 130;

try {
  await run(readCommandLine(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exitCode = 1;
}
// Connections that are still being closed must not keep it.
process.exit();

async function run(command: CommandLine): Promise<void> {
  const { chosen, quick, json, pairs } = command;
  const print = (text: string) => (json ? undefined : process.stdout.write(`${text}\n`));
  const bench = new Bench({ ...command, say: (line) => process.stderr.write(`${line}\n`) });
  stopWhenInterrupted(bench);
  const head = { machine: describeMachine(), quick, pairs };
  print(headOf(head));
  const reports: ScenarioReport[] = [];
  try {
    for (const scenario of chosen) {
      const isAudited = !quick || scenario === chosen.at(-1);
      const report = await measure(scenario, bench, isAudited);
      reports.push(report);
      print(textOf(report, { quick }));
      if (!quick) await bench.stopAll();
    }
  } finally {
    await bench.stopAll();
  }
  print(summaryOf(reports, { quick }));
  if (json) process.stdout.write(`${JSON.stringify({ ...head, scenarios: reports }, null, 2)}\n`);
}

/** A smoke shares its servers, so one audit at its end is enough. */
async function measure(
  { id, title, measure: carryOut }: Scenario,
  bench: Bench,
  isAudited: boolean,
): Promise<ScenarioReport> {
  bench.settings.say(`${id}: ${title} ...`);
  const startedAt = performance.now();
  const surroundings = watchSurroundings();
  const findings = await carryOut(bench).catch((error: unknown) => {
    throw new Error(`${id} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  });
  const around = surroundings();
  const audits = [];
  for (const platform of isAudited ? await bench.platforms() : [])
    audits.push(`${platform.name}: ${await platform.audit()}`);
  return { id, title, ...findings, audits, surroundings: around, seconds: (performance.now() - startedAt) / 1_000 };
}

function stopWhenInterrupted(bench: Bench): void {
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (asked) process.exit(INTERRUPTED);
      asked = true;
      process.stderr.write('Stopping (again Ctrl-C does not wait) ...\n');
      void bench.interrupt().finally(() => process.exit(INTERRUPTED));
    });
}
