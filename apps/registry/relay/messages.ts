/**
 * Cuts commits of the log into messages for the world outside. A message holds events of one commit and one type, in the order of the log, as a JSON array:
 * a thousand runs that were accepted together leave in one message. Whoever reads all messages meets the events of each stream in their order.
 * The same commits are always cut in the same way, so that a message has the same id when it is sent again.
 */
import { type EventView } from '#contracts';
import { type EventText, eventViewText } from '#event-store';
import { type OutgoingMessage } from '#messaging';

/** Characters of a message after which it is closed, and of an event that gets a message of its own: even at three bytes each, two of these fit anywhere. */
const ROOM = 100_000;

interface OpenMessage {
  readonly first: EventText;
  /** Its place among the messages of its round. */
  readonly place: number;
  readonly texts: string[];
  length: number;
}

/** @param limit bytes that a message may have. */
export function messagesOf(events: readonly EventText[], limit: number): OutgoingMessage[] {
  const messages: OutgoingMessage[] = [];
  const open = new Map<string, OpenMessage>();
  /** The message of this round that has the newest event of a stream. */
  const newest = new Map<string, OpenMessage>();
  const close = () => {
    for (const message of open.values()) messages.push(closed(message));
    open.clear();
    newest.clear();
  };
  let tx: string | undefined;
  for (const recorded of events) {
    const { cursor, stream, type } = recorded;
    const text = textOf(recorded, limit);
    const before = newest.get(stream);
    const joins = open.get(type);
    // Joining an earlier message would put the event before one of its stream that it follows.
    const comesTooLate = before !== undefined && joins !== undefined && joins.place < before.place;
    const isFull = text.length > ROOM || (joins !== undefined && joins.length > ROOM);
    if (cursor.tx !== tx || comesTooLate || isFull) close();
    tx = cursor.tx;
    const message = open.get(type) ?? { first: recorded, place: open.size, texts: [], length: 0 };
    open.set(type, message);
    message.texts.push(text);
    message.length += text.length;
    newest.set(stream, message);
  }
  close();
  return messages;
}

function closed({ first, texts }: OpenMessage): OutgoingMessage {
  const { category, type, stream, version } = first;
  return { category, type, id: `${stream}:${version}`, data: `[${texts.join(',')}]` };
}

/** An event that is too large for a message goes without its data, which the log still has: stopping here would hold back all that follow. */
function textOf(recorded: EventText, limit: number): string {
  const text = eventViewText(recorded);
  if (text.length < ROOM) return text;
  const bytes = Buffer.byteLength(text) + BRACKETS;
  if (bytes <= limit) return text;
  const view = JSON.parse(text) as EventView;
  return JSON.stringify({ ...view, data: { omitted: 'too-large', bytes } } satisfies EventView);
}

const BRACKETS = 2;
