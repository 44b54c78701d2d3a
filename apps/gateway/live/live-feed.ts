/**
 * The news of the log for everybody who listens at this gateway: one reader of the log for the whole process, started with the first listener.
 * A listener that is behind reads on from the log by itself until it meets the feed.
 */
import { type EventView, type Category } from '#contracts';
import {
  type AppendHints,
  type Cursor,
  type EventLog,
  encodeCursor,
  isBefore,
  type LogHorizon,
  type RecordedEvent,
} from '#event-store';
import { type Startable } from '#lifecycle';
import { type Logger } from '#observability';
import { LogFollower } from '../following/log-follower.js';

export interface LiveEvent {
  readonly cursor: Cursor;
  readonly view: EventView;
}

/** Gets what is new, in log order. Must not throw and must not wait. */
export type Listener = (events: readonly LiveEvent[]) => void;

export interface LiveFeedOptions {
  log: Pick<EventLog, 'readAll'> & LogHorizon;
  hints: Pick<AppendHints, 'onAppended'>;
  logger: Pick<Logger, 'error'>;
}

export class LiveFeed implements Startable {
  private readonly listeners = new Set<Listener>();
  private following: Promise<LogFollower> | undefined;

  constructor(private readonly options: LiveFeedOptions) {}

  /** Begins to read only when somebody listens. */
  async start(): Promise<void> {}

  async stop(): Promise<void> {
    this.listeners.clear();
    await (await this.following)?.stop();
  }

  /** @returns the place after which events will come to the listener, and how to end it. */
  async listen(listener: Listener): Promise<{ from: Cursor; end: () => void }> {
    this.following ??= this.follow().catch((error: unknown) => {
      this.following = undefined;
      throw error;
    });
    const follower = await this.following;
    this.listeners.add(listener);
    return { from: follower.position, end: () => void this.listeners.delete(listener) };
  }

  /** Events of the log after a place, for whoever is behind. */
  async read(from: { after: Cursor; categories?: readonly Category[]; limit: number }): Promise<LiveEvent[]> {
    return (await this.options.log.readAll(from)).map(liveEvent);
  }

  private async follow(): Promise<LogFollower> {
    const { upTo } = await this.options.log.horizon();
    const follower = new LogFollower({
      ...this.options,
      name: 'live-feed',
      from: upTo,
      apply: (events) => this.tell(events),
    });
    await follower.start();
    return follower;
  }

  private tell(recorded: readonly RecordedEvent[]): void {
    const events = recorded.map(liveEvent);
    for (const listener of this.listeners) listener(events);
  }
}

export function liveEvent(recorded: RecordedEvent): LiveEvent {
  return { cursor: recorded.cursor, view: eventView(recorded) };
}

export function eventView({ cursor, stream, version, category, event, meta }: RecordedEvent): EventView {
  const { type, at, ...data } = event;
  return { cursor: encodeCursor(cursor), stream, version, category, type, at, actor: meta.actor, data };
}

export const isAfter = (one: Cursor, other: Cursor): boolean => isBefore(other, one);
