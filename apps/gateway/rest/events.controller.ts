/** Events: the log, page by page or as it happens. */
import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { categories, type Category, EventView, pageOf, refuse, type Refused } from '#contracts';
import {
  BEGINNING,
  type Cursor,
  decodeCursor,
  encodeCursor,
  type EventLog,
  isBefore,
  type RecordedEvent,
} from '#event-store';
import { type EventFilter, type EventStreams, eventView, matches } from '../live/index.js';
import { Handles } from './handles.js';
import { answeredItself, type Asked, route } from './route.js';
import { pageQuery } from './shapes.js';
import { EVENT_STREAMS, LOG } from './tokens.js';

const filter = {
  stream: z.string().max(200).optional().describe('One stream, e.g. run-<run id> or task-<name>'),
  category: z.enum(categories as [Category, ...Category[]]).optional(),
  type: z.string().max(100).optional().describe('One type of event, e.g. RunSucceeded'),
};

export const listEvents = route({
  method: 'GET',
  path: '/events',
  action: 'read',
  summary: 'Read the log, the oldest first',
  description: 'A page may hold fewer events than asked for and still have a next page.',
  query: z.strictObject({
    ...pageQuery,
    ...filter,
    cursor: pageQuery.cursor.describe('`next` or the cursor of an event'),
  }),
  output: pageOf(EventView),
});
export const streamEvents = route({
  method: 'GET',
  path: '/events/stream',
  action: 'read',
  summary: 'Events as they happen (server-sent events)',
  description:
    'Each event has its cursor as `id`, its type as `event` and what GET /events shows as `data`. ' +
    'Connect again with the header Last-Event-ID to miss nothing.',
  headers: { 'Last-Event-ID': 'The id of the last event that was received' },
  query: z.strictObject({
    ...filter,
    after: z.string().max(100).optional().describe('As Last-Event-ID; 0.0 is the beginning'),
  }),
  output: EventView,
});

/** Events looked at for one page when only few of them match. */
const SCAN = 1_000;
const MAX_SCANS = 5;

@Controller()
export class EventsController {
  constructor(
    @Inject(LOG) private readonly log: EventLog,
    @Inject(EVENT_STREAMS) private readonly streams: EventStreams,
  ) {}

  @Handles(listEvents)
  async list({ query }: Asked<typeof listEvents>) {
    const { cursor, limit, ...wanted } = query;
    const after = cursor === undefined ? BEGINNING : decodeCursor(cursor);
    if (!after) return noCursor('cursor');
    return wanted.stream === undefined ? this.scan(wanted, after, limit) : this.ofStream(wanted, after, limit);
  }

  @Handles(streamEvents)
  async stream({ query, request, reply }: Asked<typeof streamEvents>) {
    const { after, ...wanted } = query;
    const place = (request.headers['last-event-id'] as string | undefined) ?? after;
    const cursor = place === undefined ? undefined : decodeCursor(place);
    if (place !== undefined && !cursor) return noCursor('after');
    const full = this.streams.full();
    if (full) return full;
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value);
    reply.hijack();
    this.streams.add({ response: reply.raw, filter: wanted, after: cursor }).catch((error: unknown) => {
      request.server.noteBug(error, request);
      reply.raw.destroy();
    });
    return answeredItself;
  }

  private async ofStream(wanted: EventFilter, after: Cursor, limit: number) {
    const events = await this.log.readStream(wanted.stream!);
    const left = events.filter((event) => isBefore(after, event.cursor) && matches(wanted, eventView(event)));
    return pageFrom(left.slice(0, limit), left.length > limit ? left[limit - 1] : undefined);
  }

  private async scan(wanted: EventFilter, start: Cursor, limit: number) {
    const found: RecordedEvent[] = [];
    const { category } = wanted;
    let last: RecordedEvent | undefined;
    for (let scans = 0; scans < MAX_SCANS; scans++) {
      const size = wanted.type === undefined ? limit : SCAN;
      const page = await this.log.readAll({
        after: last?.cursor ?? start,
        limit: size,
        ...(category && { categories: [category] }),
      });
      for (const event of page) {
        last = event;
        if (matches(wanted, eventView(event))) found.push(event);
        if (found.length === limit) return pageFrom(found, last);
      }
      if (page.length < size) return pageFrom(found, undefined);
    }
    return pageFrom(found, last);
  }
}

function pageFrom(events: readonly RecordedEvent[], last: RecordedEvent | undefined) {
  return { items: events.map(eventView), next: last ? encodeCursor(last.cursor) : null };
}

function noCursor(field: string): Refused {
  return refuse('request.invalid', `The ${field} is not a place in the log.`, {
    hint: 'Use the cursor of an event, or `next` of the page before.',
    details: { in: 'query', field: `/${field}` },
  });
}
