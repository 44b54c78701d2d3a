/** A recorded event as anybody outside the owning service sees it. */
import { type EventView } from '#contracts';
import { encodeCursor, type RecordedEvent } from './log.js';

export function toEventView({ cursor, stream, version, category, event, meta }: RecordedEvent): EventView {
  const { type, at, ...data } = event;
  return { cursor: encodeCursor(cursor), stream, version, category, type, at, actor: meta.actor, data };
}
