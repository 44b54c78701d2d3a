/** Time and chance, handed in so that specs can choose them. */
import { randomUUID } from 'node:crypto';

export interface Clock {
  /** Milliseconds since 1970, UTC. For records, never for durations. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

const COUNTS_PER_MS = 0x1000;
let lastMs = 0;
let count = 0;
/** What all ids of a millisecond begin with. */
let beginning = '';

/**
 * A new UUIDv7 (RFC 9562, section 5.7, with the counter of section 6.2 method 1): ids that this process makes later sort later. The random bits are
 * those of randomUUID, which node keeps a supply of.
 */
export function newId(): string {
  const now = Date.now();
  if (now > lastMs) turnTo(now);
  else if (++count === COUNTS_PER_MS) turnTo(lastMs + 1); // more than that in a millisecond: borrow from the next
  const counter = (COUNTS_PER_MS + count).toString(16).slice(1);
  return beginning + counter + randomUUID().slice(18);
}

function turnTo(ms: number): void {
  lastMs = ms;
  count = 0;
  const time = ms.toString(16).padStart(12, '0');
  beginning = `${time.slice(0, 8)}-${time.slice(8)}-7`;
}

/** When an id that `newId` made was made, milliseconds since 1970: its first 48 bits. Also of a text that begins with one; of another UUID any number. */
export function momentOfId(id: string): number {
  return parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
