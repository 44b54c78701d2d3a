/** Resident memory of the five services together, in MB. */
import { serviceNames } from '../../../deploy/local/index.js';
import { residentBytes } from '../process-usage.js';
import { type Platform } from './platform.js';

const MB = 1_000_000;
const LOOK_EVERY_MS = 200;

export function memoryOf(platform: Platform): number {
  return Object.values(memoryByService(platform)).reduce((sum, megabytes) => sum + megabytes, 0);
}

export function memoryByService({ stack }: Platform): Record<string, number> {
  return Object.fromEntries(serviceNames.map((name) => [name, residentBytes(stack.processes[name].pid!) / MB]));
}

/** What it is at the start and now and then until the work is done. */
export async function memoryWhile<T>(platform: Platform, work: () => Promise<T>): Promise<{ seen: number[]; done: T }> {
  const seen = [memoryOf(platform)];
  const timer = setInterval(() => seen.push(memoryOf(platform)), LOOK_EVERY_MS);
  try {
    return { seen, done: await work() };
  } finally {
    clearInterval(timer);
  }
}
