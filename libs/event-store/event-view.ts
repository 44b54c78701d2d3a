/** A recorded event as anybody outside the owning service sees it. */
import { type EventView, privateMembers } from '#contracts';
import { encodeCursor, type RecordedEvent } from './log.js';

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

function withoutPrivate(type: string, data: Record<string, unknown>): Record<string, unknown> {
  const hidden = privateMembers[type];
  return hidden ? Object.fromEntries(Object.entries(data).filter(([member]) => !hidden.includes(member))) : data;
}
