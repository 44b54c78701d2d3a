/** Reads the files of a code folder on this machine, without what never belongs to a bundle. */
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { refuse, type Refused } from '#contracts';
import { isIgnored } from './ignored.js';

export interface BundleFile {
  /** Relative to the folder, with `/` between its parts. */
  path: string;
  content: Buffer;
}

/** More than the platform takes: reading on would only cost time. */
const MOST_BYTES = 50_000_000;

/** Sorted by path. Links are refused: what they lead to may lie anywhere. */
export function readFolder(path: string): BundleFile[] | Refused {
  const folder = resolve(path.replace(/^~(?=$|\/)/, homedir()));
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats)
    return refuse('bundle.path-missing', `The code folder ${folder} does not exist.`, {
      hint: 'Give the path of the folder that holds the code, best an absolute one.',
      details: { path: folder },
    });
  if (!stats.isDirectory())
    return refuse('bundle.path-missing', `${folder} is a file, not a folder.`, {
      hint: 'Give the folder that holds the code.',
      details: { path: folder },
    });
  return filesIn(folder);
}

function filesIn(folder: string): BundleFile[] | Refused {
  const files: BundleFile[] = [];
  let bytes = 0;
  for (const { path, entry } of walk(folder, '')) {
    if (entry.isSymbolicLink())
      return refuse('bundle.refused', `${path} is a link, and a bundle holds files only.`, {
        hint: 'Copy what it leads to into the folder.',
        details: { path },
      });
    const content = readFileSync(join(folder, path));
    bytes += content.length;
    if (bytes > MOST_BYTES)
      return refuse('bundle.too-large', `The folder ${folder} holds more than ${MOST_BYTES / 1e6} MB.`, {
        hint: 'Leave data out of the bundle; pass it as an argument or fetch it in the task.',
      });
    files.push({ path, content });
  }
  if (files.length === 0)
    return refuse('bundle.file-missing', `The folder ${folder} holds no files.`, {
      hint: 'Put at least an entry file in it: main.py, main.ts or main.js.',
      details: { path: folder },
    });
  return files;
}

function* walk(folder: string, under: string): Generator<{ path: string; entry: Dirent }> {
  const entries = readdirSync(join(folder, under), { withFileTypes: true })
    .filter(({ name }) => !isIgnored(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = under === '' ? entry.name : `${under}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(folder, path);
    else if (entry.isFile() || entry.isSymbolicLink()) yield { path, entry };
  }
}
