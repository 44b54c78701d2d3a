/** What a bundle is deployed as when nobody says: the first task of its tasksmith.json, else the name of its folder. */
import { basename, resolve } from 'node:path';
import { TaskName } from '#contracts';
import { type BundleFile } from './read-folder.js';

interface Manifest {
  tasks?: { name?: string }[];
}

/** Undefined when neither makes a name. */
export function taskNameOf(folder: string, files: readonly BundleFile[]): string | undefined {
  const declared = manifestOf(files).tasks?.[0]?.name;
  const name =
    declared ??
    basename(resolve(folder))
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^[_0-9]+|_+$/g, '');
  return TaskName.safeParse(name).success ? name : undefined;
}

/** What is wrong with it is told by the platform, which reads it anyway. */
function manifestOf(files: readonly BundleFile[]): Manifest {
  const manifest = files.find(({ path }) => path === 'tasksmith.json');
  try {
    return manifest ? (JSON.parse(manifest.content.toString('utf8')) as Manifest) : {};
  } catch {
    return {};
  }
}
