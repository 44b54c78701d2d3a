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

/** How an event begins, and meta data are, as this house writes them. Asked where they end, and not what they hold, they leave no garbage behind. */
const usualHead = /\{"type":"\w+","at":\d+[,}]/y;
const usualMeta = /^\{"actor":"[^"\\]*"\}$/;

/** JSON of the same view. What is passed on as it is need not be parsed and written again, unless the text is an unusual one. */
export function eventViewText({ category, stream, version, type, event, meta, cursor }: EventText): string {
  usualHead.lastIndex = 0;
  if (!usualHead.test(event) || !usualMeta.test(meta) || Object.hasOwn(privateMembers, type)) {
    const parsed = { event: JSON.parse(event), meta: JSON.parse(meta) } as Pick<RecordedEvent, 'event' | 'meta'>;
    return JSON.stringify(toEventView({ category, stream, version, cursor, ...parsed }));
  }
  const headEnd = usualHead.lastIndex;
  const place = `"cursor":"${encodeCursor(cursor)}","stream":${JSON.stringify(stream)},"version":${version}`;
  const [typeAndMoment, actor] = [event.slice(1, headEnd - 1), meta.slice(1, -1)];
  const data = headEnd === event.length ? '{}' : `{${event.slice(headEnd)}`;
  return `{${place},"category":"${category}",${typeAndMoment},${actor},"data":${data}}`;
}

function withoutPrivate(type: string, data: Record<string, unknown>): Record<string, unknown> {
  const hidden = privateMembers[type];
  return hidden ? Object.fromEntries(Object.entries(data).filter(([member]) => !hidden.includes(member))) : data;
}
