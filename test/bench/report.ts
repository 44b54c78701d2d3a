/** The results as text for people. */
import { type Costs, type Figure, type Findings, isMet, type Limit, type Series } from './figures.js';
import { type Machine, type Surroundings } from './machine.js';
import { spreadOf } from './statistics.js';

export interface ScenarioReport extends Findings {
  id: string;
  title: string;
  seconds: number;
  surroundings: Surroundings;
  /** What the log and JetStream say of the runs. */
  audits: readonly string[];
}

export interface BenchReport {
  machine: Machine;
  /** In a smoke nothing is judged. */
  quick: boolean;
  pairs: number;
  scenarios: readonly ScenarioReport[];
}

const nameWidth = 34;

export function headOf({ machine, quick, pairs }: Omit<BenchReport, 'scenarios'>): string {
  const { cores, model, memoryGb, node } = machine;
  const kind = quick ? 'a smoke: tiny counts, nothing is judged' : `${pairs} interleaved rounds, medians judged`;
  return `${cores} cores (${model}), ${memoryGb} GB, Node ${node}; ${kind}\n`;
}

export function textOf(report: ScenarioReport, { quick }: { quick: boolean }): string {
  const { id, title, seconds, surroundings, series, costs = [], figures, notes = [], audits } = report;
  const { stealPercent, busyPercent, loadBefore, loadAfter } = surroundings;
  return [
    `${id.toUpperCase()}  ${title}`,
    `  ${'min'.padStart(nameWidth + 10)}${'median'.padStart(11)}${'max'.padStart(11)}`,
    ...series.map(seriesLine),
    ...costs.map(costsLine),
    ...figures.flatMap((figure) => figureLines(figure, quick)),
    ...notes.map((note) => `  (${note})`),
    ...audits.map((audit) => `  checked: ${audit}`),
    `  ${seconds.toFixed(0)} s; processors ${busyPercent} % busy, ${stealPercent} % stolen; load ${loadBefore} -> ${loadAfter}\n`,
  ].join('\n');
}

/** Every judged figure once more, at the end. */
export function summaryOf(reports: readonly ScenarioReport[], { quick }: { quick: boolean }): string {
  const figures = reports.flatMap((report) => report.figures);
  if (figures.length === 0) return '';
  return ['Figures', ...figures.map((figure) => `  ${figure.id.padEnd(5)}${verdictLine(figure, quick)}`), ''].join(
    '\n',
  );
}

function seriesLine({ name, unit, values }: Series): string {
  const { min, median, max } = spreadOf(values);
  const columns = [min, median, max]
    .map((value) => formatted(value).padStart(11))
    .join('')
    .slice(1);
  return `  ${name.padEnd(nameWidth)}${columns}  ${unit}`;
}

function costsLine({ name, unit, byProcess }: Costs): string {
  const parts = Object.entries(byProcess).map(([process, value]) => `${process} ${formatted(value)}`);
  return `  ${name}, ${unit}: ${parts.join(', ')}`;
}

function figureLines(figure: Figure, quick: boolean): string[] {
  const pairs = figure.pairs?.map(formatted).join('  ');
  return [`  ${figure.id} ${verdictLine(figure, quick)}`, ...(pairs ? [`     pair by pair: ${pairs}`] : [])];
}

function verdictLine({ name, value, unit, must, aim }: Figure, quick: boolean): string {
  const judged = [must && `must ${verdict(value, must, quick)}`, aim && `aim ${verdict(value, aim, quick)}`];
  return [`${name}: ${formatted(value)} ${unit}`, ...judged.filter(Boolean)].join('; ');
}

function verdict(value: number, limit: Limit, quick: boolean): string {
  const bound = 'atLeast' in limit ? `>= ${limit.atLeast}` : `<= ${limit.atMost}`;
  if (quick) return bound;
  return `${bound} ${isMet(value, limit) ? 'met' : 'NOT MET'}`;
}

/** Three digits that matter, with thousands set apart. */
export function formatted(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
