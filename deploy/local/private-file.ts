// Reads and writes small JSON files that only their owner may read.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** The parsed file, or undefined when it is absent or was cut short by a crash. */
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** Replaces the file in one step, so that a reader sees the old content or the new and never half of one. */
export function writePrivateJson(file: string, content: unknown): void {
  const next = `${file}.${process.pid}.next`;
  writeFileSync(next, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(next, file);
}
