/** What is appended in one call, cut into members for the group commit. */
import { type Row } from './append-arrays.js';
import { type Member } from './group-commit.js';

/** Streams that are written together or not at all. */
export interface Unit {
  readonly streams: readonly string[];
  readonly rows: readonly Row[];
  readonly bytes: number;
}

/** Units that somebody appends in one call. */
export interface Units extends Member {
  readonly units: readonly Unit[];
}

export const MAX_BATCH_BYTES = 4_000_000;

export function memberOf(units: readonly Unit[]): Units {
  const streams = units.flatMap((unit) => unit.streams);
  return { units, streams, size: units.length, bytes: units.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Each small enough for one batch, and without a stream that comes twice: whoever writes a stream for the second time waits for the first. */
export function asMembers(units: readonly Unit[], maxUnits: number): Units[] {
  const members: Units[] = [];
  let open: Unit[] = [];
  let bytes = 0;
  const streams = new Set<string>();
  const close = () => {
    if (open.length > 0) members.push(memberOf(open));
    open = [];
    bytes = 0;
    streams.clear();
  };
  for (const unit of units) {
    const isFull = open.length === maxUnits || bytes + unit.bytes > MAX_BATCH_BYTES;
    if (isFull || unit.streams.some((stream) => streams.has(stream))) close();
    open.push(unit);
    bytes += unit.bytes;
    for (const stream of unit.streams) streams.add(stream);
  }
  close();
  return members;
}
