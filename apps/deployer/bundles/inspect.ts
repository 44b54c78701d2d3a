/** What kind of bundle it is: its runtime, its entry file, and what it declares. */
import { isRefused, type QueueName, type Refused, refuse, type Runtime } from '#contracts';
import { type Bundle, textOf } from './bundle.js';
import { type Manifest, MANIFEST, parseManifest } from './manifest.js';

export interface Inspected {
  runtime: Runtime;
  /** Empty when the manifest names a function for every task, which needs no entry. */
  entry: string;
  manifest: Manifest;
}

export function inspectBundle(
  bundle: Bundle,
  given: { runtime?: Runtime | undefined; queue: QueueName },
): Inspected | Refused {
  const manifest = parseManifest(textOf(bundle, MANIFEST));
  if (isRefused(manifest)) return manifest;
  const runtime = given.runtime ?? manifest.runtime ?? detectRuntime(bundle);
  if (!runtime) return nothingToRun(given.queue);
  const entry = entryOf(bundle, { runtime, manifest, queue: given.queue });
  return isRefused(entry) ? entry : { runtime, entry, manifest };
}

function detectRuntime(bundle: Bundle): Runtime | undefined {
  const has = (pattern: RegExp) => bundle.files.some(({ path }) => pattern.test(path));
  if (has(/^requirements\.txt$/)) return 'python';
  if (has(/^package\.json$/)) return 'node';
  if (has(/^[^/]+\.py$/)) return 'python';
  if (has(/^[^/]+\.[mc]?[tj]s$/)) return 'node';
  if (has(/\.py$/)) return 'python';
  return has(/\.[mc]?[tj]s$/) ? 'node' : undefined;
}

function entryOf(
  bundle: Bundle,
  { runtime, manifest, queue }: { runtime: Runtime; manifest: Manifest; queue: QueueName },
): string | Refused {
  const paths = new Set(bundle.files.map(({ path }) => path));
  const wanted = manifest.entry === undefined ? candidates(runtime, queue) : [manifest.entry.replace(/^\.\//, '')];
  const found = wanted.find((path) => paths.has(path));
  if (found !== undefined) return found;
  const everyTaskHasFunction = manifest.tasks.length > 0 && manifest.tasks.every((task) => task.function);
  if (manifest.entry === undefined && everyTaskHasFunction) return '';
  return missing(manifest.entry === undefined ? 'an entry file' : `the entry file that ${MANIFEST} names`, wanted);
}

export function candidates(runtime: Runtime, queue: QueueName): string[] {
  if (runtime === 'python') return ['main.py', `app_${queue}.py`, 'app.py'];
  const extensions = ['ts', 'mjs', 'js', 'mts', 'cjs', 'cts'];
  return ['main', 'index'].flatMap((name) => extensions.map((extension) => `${name}.${extension}`));
}

function nothingToRun(queue: QueueName): Refused {
  return missing('code that a worker can run', [...candidates('python', queue), ...candidates('node', queue)]);
}

function missing(what: string, wanted: readonly string[]): Refused {
  return refuse('bundle.file-missing', `The bundle lacks ${what}: looked for ${wanted.join(', ')}`, {
    hint: `Add one of them, or name the entry file in ${MANIFEST}.`,
    details: { lookedFor: wanted },
  });
}
