/** The output of one worker in a file, which the worker itself writes: it must survive the death of this process. */
import { closeSync, copyFileSync, existsSync, openSync, readSync, renameSync, statSync, truncateSync } from 'node:fs';
import { plainLine } from '../plain-line.js';

const MAX_BYTES = 10_000_000;
const FILES_KEPT = 3;
const TAIL_BYTES = 512_000;

export function openForAppending(file: string): { descriptor: number; close(): void } {
  const descriptor = openSync(file, 'a', 0o600);
  return { descriptor, close: () => closeSync(descriptor) };
}

/** Copies a full log aside as `file.1`, `file.2`; the file itself stays the same one, because the worker goes on writing to it. */
export function rotateWhenFull(file: string): void {
  if (!existsSync(file) || statSync(file).size < MAX_BYTES) return;
  for (let number = FILES_KEPT - 2; number >= 1; number--)
    if (existsSync(`${file}.${number}`)) renameSync(`${file}.${number}`, `${file}.${number + 1}`);
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}

/** At most `tail` lines from the file's end, looking at no more than half a megabyte. */
export function lastLines(file: string, tail: number): string[] {
  if (!existsSync(file)) return [];
  const { size } = statSync(file);
  const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
  } finally {
    closeSync(descriptor);
  }
  const lines = bytes.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.slice(-tail).map(plainLine);
}
