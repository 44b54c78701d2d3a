// Waits for a condition by asking again and again until a deadline.
import { setTimeout as pause } from 'node:timers/promises';

const intervalMs = 40;

/** True once `holds` does; false when the time is over. A `holds` that throws counts as "not yet". */
export async function waitUntil(holds: () => Promise<boolean> | boolean, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await quietly(holds)) return true;
    if (performance.now() >= deadline) return false;
    await pause(intervalMs);
  }
}

async function quietly(holds: () => Promise<boolean> | boolean): Promise<boolean> {
  try {
    return await holds();
  } catch {
    return false;
  }
}
