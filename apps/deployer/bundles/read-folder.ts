/** Reads a bundle from a folder of this host, if it lies under one that the operator has allowed. */
import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type BundleCollector } from './collector.js';
import { Rejection, shown } from './rejection.js';

/** What tools leave in a folder and no bundle needs. */
const LEFT_OUT = new Set(['.git', '.tasksmith', '.venv', 'venv', 'node_modules', '__pycache__', '.DS_Store']);

export async function readFolder(path: string, collector: BundleCollector, allowed: readonly string[]): Promise<void> {
  const root = await realpath(path).catch(() => undefined);
  // The same answer for a folder that is absent and one that is not allowed: what lies on this host is nobody's business.
  if (root === undefined || !(await isUnderAny(root, allowed)) || !(await stat(root)).isDirectory())
    throw new Rejection(
      `The code folder ${shown(path)} does not exist or lies outside the folders that the operator has allowed`,
      'bundle.path-missing',
      path,
    );
  await readInto(root, root, collector);
}

async function isUnderAny(root: string, allowed: readonly string[]): Promise<boolean> {
  const folders = await Promise.all(allowed.map((folder) => realpath(folder).catch(() => undefined)));
  return folders.some((folder) => folder !== undefined && (root === folder || root.startsWith(folder + sep)));
}

async function readInto(root: string, folder: string, collector: BundleCollector): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name)) continue;
    const path = join(folder, entry.name);
    const name = relative(root, path).split(sep).join('/');
    if (entry.isDirectory()) {
      collector.addFolder(name);
      await readInto(root, path, collector);
    } else if (entry.isFile()) {
      await collector.addFile(name, createReadStream(path));
    } else {
      const fault = 'it is a link or a device, and a bundle holds regular files and folders only';
      throw new Rejection(`The entry ${shown(name)} was refused: ${fault}`, 'bundle.refused', name);
    }
  }
}
