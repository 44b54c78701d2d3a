/** Rules that every implementation of the log keeps about streams. */
import { categoryOwners, type Category } from '#contracts';
import { type StreamAppend } from './log.js';

/** The category that a stream's name starts with; undefined when the name is not one that `streamOf` makes. */
export function categoryOfStream(stream: string): Category | undefined {
  const category = stream.slice(0, stream.indexOf('-'));
  return Object.hasOwn(categoryOwners, category) ? (category as Category) : undefined;
}

/** Throws when the caller has a bug: a stream of another category, or the same stream twice in a unit. */
export function assertSound(unit: readonly StreamAppend[]): void {
  const seen = new Set<string>();
  for (const { category, stream, expectedVersion } of unit) {
    if (categoryOfStream(stream) !== category) throw new TypeError(`stream ${stream} is not of category ${category}`);
    if (seen.has(stream)) throw new TypeError(`stream ${stream} is twice in one unit`);
    if (!Number.isInteger(expectedVersion) || expectedVersion < 0)
      throw new TypeError(`expected version ${expectedVersion} of stream ${stream} is not a version`);
    seen.add(stream);
  }
}
