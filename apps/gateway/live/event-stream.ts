/**
 * One subscriber's stream of server-sent events.
 * Steps: read on from its own place until it meets the feed, holding back what the feed brings meanwhile; then pass on what the feed brings.
 * A client that reads too slowly is cut off with a hint to resume, so that memory stays bounded and nobody else waits.
 */
import { type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { type Category } from '#contracts';
import { type Cursor, encodeCursor } from '#event-store';
import { type EventFilter, matches } from './event-filter.js';
import { isAfter, type LiveEvent, type LiveFeed } from './live-feed.js';
import { frameOf } from './frame.js';

export interface EventStreamOptions {
  feed: LiveFeed;
  response: ServerResponse;
  filter: EventFilter;
  /** Where the client was; the newest when left out. */
  after: Cursor | undefined;
  heartbeatMs?: number;
  /** Unsent bytes at which a client counts as too slow. */
  maxBufferedBytes?: number;
}

const PAGE = 500;
const HEARTBEAT_MS = 15_000;
const MAX_BUFFERED_BYTES = 1_000_000;
/** Events held back while catching up; with more the client reads them from the log itself. */
const MAX_HELD = 5_000;
const DRAIN_WITHIN_MS = 30_000;
const RECONNECT_MS = 2_000;

export class EventStream {
  private readonly gone = new AbortController();
  private held: LiveEvent[] | undefined;
  private overflowed = false;
  private cursor: Cursor | undefined;
  private stopListening: (() => void) | undefined;
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(private readonly options: EventStreamOptions) {
    this.cursor = options.after;
  }

  /** Resolves when the client is up to date; the stream goes on until the client leaves. */
  async open(): Promise<void> {
    const { response, heartbeatMs = HEARTBEAT_MS } = this.options;
    response.once('close', () => this.end());
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write(`retry: ${RECONNECT_MS}\n\n`);
    this.heartbeat = setInterval(() => this.beat(), heartbeatMs);
    while (!this.gone.signal.aborted && !(await this.meetTheFeed()));
  }

  /** Ends the response too; the client comes back and resumes. */
  close(): void {
    this.end();
    this.options.response.end();
  }

  private async meetTheFeed(): Promise<boolean> {
    this.held = [];
    this.overflowed = false;
    this.stopListening?.();
    const { from, end } = await this.options.feed.listen((events) => this.receive(events));
    this.stopListening = end;
    if (this.gone.signal.aborted) end();
    if (this.cursor) await this.readOn(this.cursor);
    else this.cursor = from;
    if (this.overflowed) return false;
    const held = this.held ?? [];
    this.held = undefined;
    this.pass(held);
    return true;
  }

  /** Up to the end of the log, which lies at or beyond the place where the feed began to bring news. */
  private async readOn(start: Cursor): Promise<void> {
    const { category, stream } = this.options.filter;
    const categories = category ?? (stream?.split('-')[0] as Category | undefined);
    for (let after = start; !this.gone.signal.aborted;) {
      const page = await this.options.feed.read({
        after,
        limit: PAGE,
        ...(categories && { categories: [categories] }),
      });
      this.pass(page);
      if (page.length < PAGE) return;
      after = page.at(-1)!.cursor;
      await this.drained();
    }
  }

  private receive(events: readonly LiveEvent[]): void {
    if (!this.held) return this.pass(events);
    if (this.held.length + events.length > MAX_HELD) this.overflowed = true;
    else this.held.push(...events);
  }

  private pass(events: readonly LiveEvent[]): void {
    const { filter, response } = this.options;
    let frames = '';
    for (const event of events) {
      // What was read from the log already comes a second time from the feed.
      if (this.cursor && !isAfter(event.cursor, this.cursor)) continue;
      this.cursor = event.cursor;
      if (matches(filter, event.view)) frames += frameOf(event);
    }
    if (frames === '' || this.gone.signal.aborted) return;
    response.write(frames);
    const catchingUp = this.held !== undefined;
    if (!catchingUp && response.writableLength > this.maxBuffered()) this.cutOff();
  }

  private async drained(): Promise<void> {
    const { response } = this.options;
    if (response.writableLength <= this.maxBuffered() || this.gone.signal.aborted) return;
    const signal = AbortSignal.any([this.gone.signal, AbortSignal.timeout(DRAIN_WITHIN_MS)]);
    await once(response, 'drain', { signal }).catch(() => this.cutOff());
  }

  private cutOff(): void {
    if (this.gone.signal.aborted) return;
    const { response } = this.options;
    this.end();
    const hint =
      'You read more slowly than events happen. Connect again with Last-Event-ID to go on from where you were.';
    response.end(`event: too-slow\ndata: ${JSON.stringify({ hint })}\n\n`);
    // It may never read the rest.
    setTimeout(() => response.destroy(), 5_000).unref();
  }

  /** Carries the place in the log, so that a client whose filter matches little resumes near the end. */
  private beat(): void {
    const place = this.held || !this.cursor ? '' : `id: ${encodeCursor(this.cursor)}\n`;
    this.options.response.write(`${place}: heartbeat\n\n`);
    if (this.options.response.writableLength > this.maxBuffered()) this.cutOff();
  }

  private end(): void {
    this.gone.abort();
    this.stopListening?.();
    clearInterval(this.heartbeat);
  }

  private maxBuffered(): number {
    return this.options.maxBufferedBytes ?? MAX_BUFFERED_BYTES;
  }
}
