/** Time and chance, handed in so that specs can choose them. */
import { v7 } from 'uuid';

export interface Clock {
  /** Milliseconds since 1970, UTC. For records, never for durations. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** A new UUIDv7: ids made later sort later. */
export const newId = (): string => v7();
