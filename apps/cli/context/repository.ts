/** Where Tasksmith itself is installed, and which version it is; from its sources and from dist alike. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Package {
  name?: string;
  version?: string;
}

export const installation = find(import.meta.dirname);

function find(folder: string): { folder: string; version: string } {
  const file = join(folder, 'package.json');
  const found = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Package) : {};
  if (found.name === 'tasksmith') return { folder, version: found.version ?? '0.0.0' };
  const parent = dirname(folder);
  return parent === folder ? { folder: process.cwd(), version: '0.0.0' } : find(parent);
}
