/** The Redis function library `tasksmith`: its Lua files as one text, loaded unless the server has it already. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Redis } from 'ioredis';

/** Raise it with every change that an older dispatcher must not undo while an upgrade rolls; see `isOutdated`. */
const VERSION = 3;

/** In the order of the text: `leases` has the steps that the others share. */
export const FUNCTION_FILES = [
  'leases',
  'ts_work',
  'ts_heartbeat',
  'ts_report',
  'ts_release',
  'ts_leave',
  'ts_enqueue',
  'ts_acknowledge',
  'ts_expire',
  'ts_cancel',
  'ts_missing',
  'ts_depth',
  'ts_retire',
] as const;

export type FunctionName = Exclude<(typeof FUNCTION_FILES)[number], 'leases'>;

/** The whole library as `FUNCTION LOAD` takes it. Its second line tells version and content apart from others. */
export const librarySource = readLibrary();

/** Loading the same text twice, or from two processes at once, changes nothing: the replacement is atomic. */
export async function loadLibrary(redis: Redis): Promise<void> {
  const listed = await redis.call('FUNCTION', 'LIST', 'LIBRARYNAME', 'tasksmith', 'WITHCODE');
  if (isOutdated(JSON.stringify(listed))) await redis.call('FUNCTION', 'LOAD', 'REPLACE', librarySource);
}

function readLibrary(): string {
  const folder = new URL('./functions/', import.meta.url);
  const body = FUNCTION_FILES.map((name) => readFileSync(new URL(`${name}.lua`, folder), 'utf8')).join('\n');
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
  return `#!lua name=tasksmith\n-- tasksmith library ${VERSION} ${hash}\n${body}`;
}

/** While an upgrade rolls, old processes reconnect too: they leave a newer library alone. */
function isOutdated(listed: string): boolean {
  const [, version, hash] = /-- tasksmith library (\d+) (\w+)/.exec(listed) ?? [];
  if (version === undefined || hash === undefined) return true;
  return Number(version) < VERSION || (Number(version) === VERSION && !librarySource.includes(hash));
}
