/** The version in package.json, whether this runs from source or from dist. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

let known: string | undefined;

export function productVersion(): string {
  known ??= versionAbove(import.meta.dirname);
  return known;
}

function versionAbove(folder: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file)) {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
    if (name === 'tasksmith' && version) return version;
  }
  return dirname(folder) === folder ? '0.0.0' : versionAbove(dirname(folder));
}
