/** A file that says which process a worker is. The worker writes it itself before it becomes the runtime, so that none is ever without. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { platformFolder } from '../../layout.js';
import { isWorkerOf } from './process-identity.js';

export interface WorkerRecord {
  name: string;
  pid: number;
  /** Of the settings that it runs with. */
  fingerprint: string;
}

export const recordsFolder = (path: string): string => join(platformFolder(path), 'workers');
export const recordFile = (path: string, name: string): string => join(recordsFolder(path), `${name}.pid`);

/** `sh -c <this> <file> <fingerprint> <program> [args]`: writes the record, then becomes the program. */
export const RECORD_AND_BECOME = 'printf "%s %s" "$$" "$1" > "$0" && shift && exec "$@"';

/** Undefined when there is no record, or its process is gone. */
export function livingRecord(path: string, name: string): WorkerRecord | undefined {
  const [pid, fingerprint] = contentOf(recordFile(path, name)).split(' ');
  if (!pid || !fingerprint || !isWorkerOf(path, Number(pid))) return undefined;
  return { name, pid: Number(pid), fingerprint };
}

export function livingRecords(path: string): WorkerRecord[] {
  return recordedNames(path).flatMap((name) => livingRecord(path, name) ?? []);
}

/** Of all that have run and were not forgotten. */
export function recordedNames(path: string): string[] {
  return namesIn(recordsFolder(path));
}

export function forgetRecord(path: string, name: string): void {
  rmSync(recordFile(path, name), { force: true });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((file) => (file.endsWith('.pid') ? [file.slice(0, -'.pid'.length)] : []));
  } catch {
    return [];
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
