/** The port of the event log. Postgres and in-memory implementations pass one conformance suite. */
import { type Category, type EventMeta } from '#contracts';
import { type DomainEvent } from './decider.js';

/**
 * A place in the log: the writing transaction and the position within the log, in that order. Reading by position alone would skip
 * events of transactions that commit late.
 */
export interface Cursor {
  readonly tx: string;
  readonly position: string;
}

export const BEGINNING: Cursor = { tx: '0', position: '0' };

export interface RecordedEvent<E extends DomainEvent = DomainEvent> {
  readonly category: Category;
  readonly stream: string;
  /** 1, 2, 3, ... within the stream, without gaps. */
  readonly version: number;
  readonly event: E;
  readonly meta: EventMeta;
  readonly cursor: Cursor;
}

/** An event as it stands in the log, to be passed on without being understood. */
export interface EventText {
  readonly category: Category;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  /** JSON of the event in today's shape. */
  readonly event: string;
  /** JSON of its meta data. */
  readonly meta: string;
  readonly cursor: Cursor;
}

/** New events for one stream, to follow directly after `expectedVersion` (0 for a new stream). */
export interface StreamAppend<E extends DomainEvent = DomainEvent> {
  readonly category: Category;
  readonly stream: string;
  readonly expectedVersion: number;
  readonly events: readonly E[];
  readonly meta: EventMeta;
}

export type AppendAnswer = 'appended' | 'conflict';

export interface EventLog {
  /**
   * Appends to one or more streams, all or nothing; to one stream for two actors when the second append goes on where the first
   * ends. Resolves once committed durably. `conflict`: some stream is not at its expected version, and nothing of this call was written. Calls made while a commit is under way are committed together by the next one.
   * Throws LogUnavailable when the database cannot be reached; the outcome is then unknown, and the caller asks again by id.
   */
  append(unit: readonly StreamAppend[]): Promise<AppendAnswer>;
  /** Units that have nothing to do with each other, each answered on its own, in order; committed together as far as they fit. */
  appendAll(units: readonly (readonly StreamAppend[])[]): Promise<AppendAnswer[]>;
  readStream(stream: string): Promise<RecordedEvent[]>;
  /** The events of each stream, from its first; streams without events are left out. */
  readStreams(streams: readonly string[]): Promise<Map<string, DomainEvent[]>>;
  /** Events after the cursor in log order, without holes: stops before anything that a slower transaction could still precede. */
  readAll(from: ReadFrom): Promise<RecordedEvent[]>;
  /** The same, as text. */
  readAllText(from: ReadFrom): Promise<EventText[]>;
}

export interface ReadFrom {
  after: Cursor;
  /** Undefined means all. */
  categories?: readonly Category[];
  limit: number;
}

/** How far the log can be read now. */
export interface LogHorizon {
  /** `upTo`: the newest event that can be read in order; all that come later are behind it. `hidden`: there are transactions that have not ended yet. */
  horizon(): Promise<{ upTo: Cursor; hidden: boolean }>;
}

export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';
  /** Trying again later may help: see `Unavailable` in libs/messaging. */
  readonly unavailable = true;
}

export function encodeCursor(cursor: Cursor): string {
  return `${cursor.tx}.${cursor.position}`;
}

/** Undefined when the text is not a cursor. */
export function decodeCursor(text: string): Cursor | undefined {
  const match = /^(\d{1,20})\.(\d{1,19})$/.exec(text);
  return match ? { tx: match[1]!, position: match[2]! } : undefined;
}

export function isBefore(one: Cursor, other: Cursor): boolean {
  const [oneTx, otherTx] = [BigInt(one.tx), BigInt(other.tx)];
  return oneTx < otherTx || (oneTx === otherTx && BigInt(one.position) < BigInt(other.position));
}
