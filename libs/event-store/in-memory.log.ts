/** The log in memory, for specs: the same answers as the one in Postgres, and gone with the process. */
import { type Category, type EventMeta } from '#contracts';
import { type DomainEvent } from './decider.js';
import { type AppendHints } from './hints.js';
import {
  type AppendAnswer,
  BEGINNING,
  type Cursor,
  type EventLog,
  type EventText,
  type LogHorizon,
  type ReadFrom,
  type RecordedEvent,
  type StreamAppend,
} from './log.js';
import { assertSound, followsInUnit } from './streams.js';

interface Stored {
  category: Category;
  stream: string;
  version: number;
  cursor: Cursor;
  /** As text, so that a caller gets a copy of its own, and only what JSON keeps. */
  event: string;
  meta: string;
}

export class InMemoryLog implements EventLog, LogHorizon {
  private readonly all: Stored[] = [];
  private readonly streams = new Map<string, Stored[]>();
  private tx = 0;

  constructor(private readonly hints?: Pick<AppendHints, 'announce'>) {}

  async append(unit: readonly StreamAppend[]): Promise<AppendAnswer> {
    return this.appendOne(unit);
  }

  async appendAll(units: readonly (readonly StreamAppend[])[]): Promise<AppendAnswer[]> {
    units.forEach(assertSound);
    return units.map((unit) => this.appendOne(unit));
  }
  async readStream(stream: string): Promise<RecordedEvent[]> {
    return (this.streams.get(stream) ?? []).map(revive);
  }

  async readStreams(streams: readonly string[]): Promise<Map<string, DomainEvent[]>> {
    const known = [...new Set(streams)].filter((stream) => this.streams.has(stream));
    return new Map(known.map((stream) => [stream, this.streams.get(stream)!.map((stored) => revive(stored).event)]));
  }

  async readAll(from: ReadFrom): Promise<RecordedEvent[]> {
    return this.storedAfter(from).map(revive);
  }

  async readAllText(from: ReadFrom): Promise<EventText[]> {
    return this.storedAfter(from).map((stored) => ({ ...stored, type: revive(stored).event.type }));
  }

  async horizon(): Promise<{ upTo: Cursor; hidden: boolean }> {
    return { upTo: this.all.at(-1)?.cursor ?? BEGINNING, hidden: false };
  }

  private appendOne(unit: readonly StreamAppend[]): AppendAnswer {
    assertSound(unit);
    const isElsewhere = unit.some(
      ({ stream, expectedVersion }, index) => !followsInUnit(unit, index) && this.versionOf(stream) !== expectedVersion,
    );
    if (isElsewhere) return 'conflict';
    this.tx += 1;
    for (const append of unit) this.write(append);
    this.hints?.announce([...new Set(unit.map(({ category }) => category))]);
    return 'appended';
  }

  private storedAfter({ after, categories, limit }: ReadFrom): Stored[] {
    const wanted = categories && new Set(categories);
    const later = this.all.slice(this.indexAfter(after));
    return later.filter(({ category }) => !wanted || wanted.has(category)).slice(0, limit);
  }

  private versionOf(stream: string): number {
    return this.streams.get(stream)?.length ?? 0;
  }

  private write({ category, stream, expectedVersion, events, meta }: StreamAppend): void {
    const ofStream = this.streams.get(stream) ?? [];
    events.forEach((event, index) => {
      const stored: Stored = {
        category,
        stream,
        version: expectedVersion + 1 + index,
        cursor: { tx: String(this.tx), position: String(this.all.length + 1) },
        event: JSON.stringify(event),
        meta: JSON.stringify(meta),
      };
      ofStream.push(stored);
      this.all.push(stored);
    });
    if (ofStream.length > 0) this.streams.set(stream, ofStream);
  }

  private indexAfter({ tx, position }: Cursor): number {
    const [afterTx, afterPosition] = [BigInt(tx), BigInt(position)];
    const index = this.all.findIndex(({ cursor }) => {
      const storedTx = BigInt(cursor.tx);
      return storedTx > afterTx || (storedTx === afterTx && BigInt(cursor.position) > afterPosition);
    });
    return index < 0 ? this.all.length : index;
  }
}

function revive({ event, meta, ...place }: Stored): RecordedEvent {
  return { ...place, event: JSON.parse(event) as DomainEvent, meta: JSON.parse(meta) as EventMeta };
}
