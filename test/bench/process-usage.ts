/**
 * CPU time and memory of processes, from /proc (Linux).
 * A process is counted with its descendants: those that live, those it has buried, and not those that are counted under a name of their own.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface NamedProcess {
  name: string;
  pid: number;
}

/** By name, in microseconds. */
export type CpuTimes = Record<string, number>;

/** The kernel counts in hundredths of a second on every platform that Node runs on. */
const MICROS_PER_TICK = 10_000;

export function cpuTimesOf(processes: readonly NamedProcess[]): CpuTimes {
  const all = readProcesses();
  const names = new Map(processes.map(({ name, pid }) => [pid, name]));
  const times: CpuTimes = Object.fromEntries(processes.map(({ name }) => [name, 0]));
  for (const pid of all.keys()) {
    const name = ownerOf(pid, all, names);
    if (name !== undefined) times[name]! += all.get(pid)!.ticks * MICROS_PER_TICK;
  }
  return times;
}

export function difference(before: CpuTimes, after: CpuTimes): CpuTimes {
  return Object.fromEntries(Object.entries(after).map(([name, micros]) => [name, micros - (before[name] ?? 0)]));
}

export function total(times: CpuTimes): number {
  return Object.values(times).reduce((sum, micros) => sum + micros, 0);
}

/** Resident memory of one process in bytes, without its descendants. */
export function residentBytes(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1_024;
}

/** The process and everything below it that lives now, the process first. */
export function treeOf(pid: number): number[] {
  const all = readProcesses();
  const names = new Map([[pid, 'root']]);
  return [pid, ...[...all.keys()].filter((other) => other !== pid && ownerOf(other, all, names) === 'root')];
}

interface ProcessStat {
  parent: number;
  /** Of itself and of the children it has buried. */
  ticks: number;
}

function readProcesses(): Map<number, ProcessStat> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const entries = pids.flatMap((pid) => {
    const stat = readStat(pid);
    return stat ? [[Number(pid), stat] as const] : [];
  });
  return new Map(entries);
}

/** See proc(5): after the name in brackets come state, ppid, ..., utime (14th), stime, cutime, cstime. */
function readStat(pid: string): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return { parent: fields[1]!, ticks: fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) };
  } catch {
    // It ended since the folder was listed.
    return undefined;
  }
}

function ownerOf(
  pid: number,
  all: ReadonlyMap<number, ProcessStat>,
  names: ReadonlyMap<number, string>,
): string | undefined {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = all.get(at)?.parent) {
    const name = names.get(at);
    if (name !== undefined) return name;
  }
  return undefined;
}
