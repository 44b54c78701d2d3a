/** Rules that every implementation of the log keeps about streams. */
import { categoryOwners, type Category } from '#contracts';
import { type StreamAppend } from './log.js';

/** The category that a stream's name starts with; undefined when the name is not one that `streamOf` makes. */
export function categoryOfStream(stream: string): Category | undefined {
  const category = stream.slice(0, stream.indexOf('-'));
  return Object.hasOwn(categoryOwners, category) ? (category as Category) : undefined;
}

/** Throws when the caller has a bug: a stream of another category, or one that comes again in a unit without going on where it was. */
export function assertSound(unit: readonly StreamAppend[]): void {
  for (let index = 0; index < unit.length; index++) {
    const { category, stream, expectedVersion } = unit[index]!;
    if (categoryOfStream(stream) !== category) throw new TypeError(`stream ${stream} is not of category ${category}`);
    const isSecond = unit.findIndex((one) => one.stream === stream) < index;
    if (isSecond && !followsInUnit(unit, index)) throw new TypeError(`stream ${stream} is twice in one unit`);
    if (!Number.isInteger(expectedVersion) || expectedVersion < 0)
      throw new TypeError(`expected version ${expectedVersion} of stream ${stream} is not a version`);
  }
}

/** Whether this append goes on where the one before it in the unit ends: what is written together, by two actors. */
export function followsInUnit(unit: readonly StreamAppend[], index: number): boolean {
  if (index === 0) return false;
  const before = unit[index - 1]!;
  const append = unit[index]!;
  return (
    before.stream === append.stream &&
    before.events.length > 0 &&
    append.events.length > 0 &&
    before.expectedVersion + before.events.length === append.expectedVersion
  );
}
