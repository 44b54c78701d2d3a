/** Every Redis key of Tasksmith. The functions in `functions/` build the same names from the prefix they are given. */

/** First part of every key, unless a test or a second installation on the same Redis brings its own. */
export const DEFAULT_NAMESPACE = 'ts';

/** What a lane's prefix is followed by. docs/worker-protocol.md section 9 says what each holds. */
export const LANE_KEYS = [
  'jobs',
  'ready',
  'leases',
  'holders',
  'untold',
  'cancelled',
  'wake',
  'workers',
  'outcomes',
] as const;
export type LaneKey = (typeof LANE_KEYS)[number];

/** `ts:{default/0192f0c1}:`. The braces keep a lane in one hash slot; the whole is what the lane's Redis user may touch. */
export function queuePrefix(namespace: string, lane: string): string {
  return `${safeNamespace(namespace)}:{${safeLane(lane)}}:`;
}

export function laneKey(namespace: string, lane: string, key: LaneKey): string {
  return queuePrefix(namespace, lane) + key;
}

/** Set of the lanes that have content. */
export function lanesKey(namespace: string): string {
  return `${safeNamespace(namespace)}:lanes`;
}

/** Hash of run ids and notes: runs whose job was pushed before the log had them. No worker's user may touch it. */
export function aheadKey(namespace: string): string {
  return `${safeNamespace(namespace)}:ahead`;
}

/** A random mark that is gone when Redis was wiped. */
export function epochKey(namespace: string): string {
  return `${safeNamespace(namespace)}:epoch`;
}

/** The lane in the name of one of its keys. */
export function laneOfKey(key: string): string {
  return key.slice(key.indexOf('{') + 1, key.indexOf('}'));
}

/** The prefix becomes an access rule, so a lane called `*` would open every other lane, and a brace would change the hash slot. */
function safeLane(lane: string): string {
  if (/^[^\s{}*?[\]\\"',\p{Cc}]+$/u.test(lane)) return lane;
  throw new Error(
    `lane ${JSON.stringify(lane)} cannot be part of a Redis key: it has spaces, quotes, braces or wildcards`,
  );
}

function safeNamespace(namespace: string): string {
  if (/^[\w-]+$/.test(namespace)) return namespace;
  throw new Error(`namespace ${JSON.stringify(namespace)} may have letters, digits, - and _ only`);
}
