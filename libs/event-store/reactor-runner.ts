/** Runs a reactor, "when this event, then act": every event at least once, in order, by one process at a time. */
import { type Category } from '#contracts';
import { type Startable } from '#lifecycle';
import { type RecordedEvent } from './log.js';
import { LogFollower, type FollowerSettings } from './log-follower.js';

export interface Reactor {
  /** Also the name of its cursor and of its lock. */
  readonly name: string;
  readonly categories: readonly Category[];
  /** May be called again with the same event. While it throws, the events behind it wait. */
  handle(event: RecordedEvent): Promise<void>;
}

export interface ReactorRunnerOptions extends FollowerSettings {
  reactor: Reactor;
}

export class ReactorRunner implements Startable {
  private readonly follower: LogFollower<RecordedEvent>;

  constructor({ reactor, ...settings }: ReactorRunnerOptions) {
    this.follower = new LogFollower(
      {
        name: `reactor ${reactor.name}`,
        categories: reactor.categories,
        read: (log, from) => log.readAll(from),
        handle: async (events, handled, signal) => {
          for (const event of events) {
            if (signal.aborted) return;
            await reactor.handle(event);
            handled(event);
          }
        },
      },
      settings,
    );
  }

  /** Whether this process is the one at work. */
  get isLeader(): boolean {
    return this.follower.isLeader;
  }

  start(): Promise<void> {
    return this.follower.start();
  }

  stop(): Promise<void> {
    return this.follower.stop();
  }
}
