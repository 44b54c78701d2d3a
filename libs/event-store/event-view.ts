/** A recorded event as anybody outside the owning service sees it. */
import { type EventView, privateMembers } from '#contracts';
import { encodeCursor, type EventText, type RecordedEvent } from './log.js';

export function toEventView({ cursor, stream, version, category, event, meta }: RecordedEvent): EventView {
  const { type, at, ...data } = event;
  return {
    cursor: encodeCursor(cursor),
    stream,
    version,
    category,
    type,
    at,
    actor: meta.actor,
    data: withoutPrivate(type, data),
  };
}

/** How events and their meta data begin, or are, as this house writes them. */
const usualEvent = /^\{"type":"\w+","at":(\d+)([,}])/;
const usualMeta = /^\{"actor":("[^"\\]*")\}$/;

/** JSON of the same view. What is passed on as it is need not be parsed and written again, unless the text is an unusual one. */
export function eventViewText({ category, stream, version, type, event, meta, cursor }: EventText): string {
  const [head, at, after] = usualEvent.exec(event) ?? [];
  const [, actor] = usualMeta.exec(meta) ?? [];
  if (head === undefined || actor === undefined || Object.hasOwn(privateMembers, type)) {
    const parsed = { event: JSON.parse(event), meta: JSON.parse(meta) } as Pick<RecordedEvent, 'event' | 'meta'>;
    return JSON.stringify(toEventView({ category, stream, version, cursor, ...parsed }));
  }
  const data = after === '}' ? '{}' : `{${event.slice(head.length)}`;
  const place = `"cursor":"${encodeCursor(cursor)}","stream":${JSON.stringify(stream)},"version":${version}`;
  return `{${place},"category":"${category}","type":"${type}","at":${at},"actor":${actor},"data":${data}}`;
}

function withoutPrivate(type: string, data: Record<string, unknown>): Record<string, unknown> {
  const hidden = privateMembers[type];
  return hidden ? Object.fromEntries(Object.entries(data).filter(([member]) => !hidden.includes(member))) : data;
}
