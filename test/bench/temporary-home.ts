/** A home for servers of one measurement, removed afterwards. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryHome {
  path: string;
  remove(): void;
}

export function makeTemporaryHome(): TemporaryHome {
  const path = mkdtempSync(join(tmpdir(), 'tasksmith-bench-'));
  // PostgreSQL runs as another user when this is root, and must get in.
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) };
}

/** A home for what `start` starts in it; removed again when that fails. */
export async function inTemporaryHome<T>(start: (home: TemporaryHome) => Promise<T>): Promise<T> {
  const home = makeTemporaryHome();
  try {
    return await start(home);
  } catch (error) {
    home.remove();
    throw error;
  }
}
