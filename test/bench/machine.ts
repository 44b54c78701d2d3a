/** The machine under the benchmark, and what others took of it meanwhile. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

export interface Machine {
  cores: number;
  model: string;
  memoryGb: number;
  node: string;
}

/** Shares of the time of all cores, in percent. */
export interface Surroundings {
  /** Taken by other guests of the same host. */
  stealPercent: number;
  busyPercent: number;
  loadBefore: number;
  loadAfter: number;
}

export function describeMachine(): Machine {
  const [first] = cpus();
  return {
    cores: cpus().length,
    model: first?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}

/** Starts to watch; call the answer at the end. */
export function watchSurroundings(): () => Surroundings {
  const before = readTimes();
  const [loadBefore] = loadavg();
  return () => {
    const after = readTimes();
    const passed = after.all - before.all || 1;
    return {
      stealPercent: round((100 * (after.steal - before.steal)) / passed),
      busyPercent: round(100 - (100 * (after.idle - before.idle)) / passed),
      loadBefore: round(loadBefore!),
      loadAfter: round(loadavg()[0]!),
    };
  };
}

/** First line of /proc/stat: user nice system idle iowait irq softirq steal. */
function readTimes(): { all: number; idle: number; steal: number } {
  const times = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.split(/\s+/).slice(1, 9).map(Number);
  const all = times.reduce((sum, ticks) => sum + ticks, 0);
  return { all, idle: times[3]! + times[4]!, steal: times[7]! };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
