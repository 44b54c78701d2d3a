/** All open event streams of this gateway: bounded in number, and closed when the gateway stops. */
import { refuse, type Refused } from '#contracts';
import { EventStream, type EventStreamOptions } from './event-stream.js';
import { type LiveFeed } from './live-feed.js';

/** Well under the requests that the gateway takes at once, so that streams leave room for calls. */
const MAX_STREAMS = 2_000;

export class EventStreams {
  private readonly open = new Set<EventStream>();

  constructor(private readonly feed: LiveFeed) {}

  async stop(): Promise<void> {
    for (const stream of this.open) stream.close();
  }

  /** Refuses when there is no room; check before the response is begun. */
  full(): Refused | undefined {
    if (this.open.size < MAX_STREAMS) return undefined;
    return refuse('rate.limited', `There are ${MAX_STREAMS} event streams open already.`, {
      hint: 'Try again later, or read GET /api/v1/events now and then.',
    });
  }

  async add(options: Omit<EventStreamOptions, 'feed'>): Promise<void> {
    const stream = new EventStream({ ...options, feed: this.feed });
    this.open.add(stream);
    options.response.once('close', () => this.open.delete(stream));
    await stream.open();
  }
}
