/** Reads the log as text, a commit or a stream as one row: for pages of rows with eight columns each, the driver takes four times as long as Postgres. */
import { type Category } from '#contracts';
import { type EventText, type ReadFrom } from './log.js';
import { pageOf, readName } from './read-queries.js';
import { categoryOfStream } from './streams.js';
import { type EventData, type Upcasters } from './upcasters.js';

export interface CommitText {
  tx: string;
  /** The columns of each of its events, one after the other. */
  events: string;
}

/** Stands in no name, and in JSON as an escape only. */
const SEPARATOR = '\x1e';
const columns = ['category', 'stream', 'version', 'schema', 'data', 'meta', 'position'] as const;

export function readCommitsQuery({ after, ...what }: ReadFrom) {
  const name = readName('read_commits', what);
  // The page is sorted: what is gathered from it is so, too.
  const text = `
    SELECT tx, string_agg(concat_ws(E'\\x1e', ${columns.join(', ')}), E'\\x1e') AS events
    FROM (${pageOf(`tx, ${columns.join(', ')}`, what)}) AS page GROUP BY tx ORDER BY tx`;
  return { ...(name && { name }), text, values: [after.tx, after.position] };
}

export interface StreamText {
  stream: string;
  /** Schema and data of each event. */
  events: string;
}

/**
 * One walk along an index for each stream: given as a list, the streams would be picked out of all of their category. The bounds leave out the
 * partitions that can hold none of them before any is opened, which a list or a join does not.
 */
export function readStreamsQuery(streams: readonly string[]): { name: string; text: string; values: unknown[] } {
  return {
    name: 'read_streams',
    text: `
      SELECT wanted.stream, found.events FROM unnest($1::text[], $2::text[]) AS wanted (category, stream) CROSS JOIN LATERAL (
        SELECT string_agg(concat_ws(E'\\x1e', schema, data), E'\\x1e') AS events FROM (
          SELECT schema, data FROM events
          WHERE category = wanted.category AND stream = wanted.stream AND stream BETWEEN $3 AND $4 ORDER BY version
        ) AS in_order
      ) AS found WHERE found.events IS NOT NULL`,
    values: [
      streams.map(categoryOfStream),
      streams,
      streams.reduce((least, stream) => (stream < least ? stream : least)),
      streams.reduce((greatest, stream) => (stream > greatest ? stream : greatest)),
    ],
  };
}

export function eventsOf(text: string, upcasters: Upcasters): EventData[] {
  const parts = text.split(SEPARATOR);
  const events: EventData[] = [];
  for (let at = 0; at < parts.length; at += 2)
    events.push(upcasters.upcast(JSON.parse(parts[at + 1]!) as EventData, Number(parts[at])));
  return events;
}

export function eventTexts(commits: readonly CommitText[], upcasters: Upcasters): EventText[] {
  const texts: EventText[] = [];
  for (const { tx, events } of commits) {
    const parts = events.split(SEPARATOR);
    for (let at = 0; at < parts.length; at += columns.length) {
      const [data, meta, position] = [parts[at + 4]!, parts[at + 5]!, parts[at + 6]!];
      texts.push({
        category: parts[at] as Category,
        stream: parts[at + 1]!,
        version: Number(parts[at + 2]),
        ...inTodaysShape(data, Number(parts[at + 3]), upcasters),
        meta,
        cursor: { tx, position },
      });
    }
  }
  return texts;
}

/** As this house writes events; found without parsing the rest. */
const typeAtStart = /\{"type":"\w+"/y;
const TYPE_BEGINS = '{"type":"'.length;

function inTodaysShape(data: string, schema: number, upcasters: Upcasters): Pick<EventText, 'type' | 'event'> {
  const type = typeOf(data);
  if (schema === upcasters.newest(type)) return { type, event: data };
  return { type, event: JSON.stringify(upcasters.upcast(JSON.parse(data) as EventData, schema)) };
}

function typeOf(data: string): string {
  typeAtStart.lastIndex = 0;
  if (typeAtStart.test(data)) return data.slice(TYPE_BEGINS, typeAtStart.lastIndex - 1);
  return (JSON.parse(data) as EventData).type;
}
