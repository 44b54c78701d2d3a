// A log file that other programs write to directly: opened for appending, kept below a size by copying it aside.
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';

const maxBytes = 50 * 1024 * 1024;
const maxFiles = 30;

/** Opens for appending; the descriptor is the child's, so that its lines survive the death of this process. */
export function openLog(file: string): { descriptor: number; close(): void } {
  const descriptor = openSync(file, 'a');
  return { descriptor, close: () => closeSync(descriptor) };
}

/**
 * Moves a full log aside as `file.1`, `file.2`, ... The file itself is emptied and stays the same one, because a running
 * child keeps writing to it.
 */
export function rotateWhenFull(file: string): void {
  if (!existsSync(file) || statSync(file).size < maxBytes) return;
  for (let n = maxFiles - 1; n >= 1; n--) {
    if (existsSync(`${file}.${n}`)) renameSync(`${file}.${n}`, `${file}.${n + 1}`);
  }
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}

export function lastLines(file: string, count = 20): string {
  if (!existsSync(file)) return '(no log)';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}
