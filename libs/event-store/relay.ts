/**
 * Carries the log out of the house, in order, commit by commit. The checkpoint is saved after the publisher has acknowledged: a crash between the
 * two publishes the same commits again, cut into the same messages, whose ids make that harmless; the other order would lose events.
 */
import { type Startable } from '#lifecycle';
import { type EventText } from './log.js';
import { LogFollower, type FollowerSettings } from './log-follower.js';

export interface EventPublisher {
  /** Resolves when all are safe with the receiver. The events of a commit come in one call, but for a commit larger than a page of the log. */
  publish(events: readonly EventText[]): Promise<void>;
}

export interface RelayOptions extends FollowerSettings {
  publisher: EventPublisher;
  /** Of its checkpoint and its lock. Default `relay`. */
  name?: string;
}

/** Events read at once: more than the largest usual commit holds. */
const PAGE = 5_000;

export class Relay implements Startable {
  private readonly follower: LogFollower<EventText>;

  constructor({ publisher, name = 'relay', batchSize = PAGE, ...settings }: RelayOptions) {
    this.follower = new LogFollower(
      {
        name,
        categories: undefined,
        read: (log, from) => log.readAllText(from),
        handle: async (page, handled) => {
          const events = page.length === batchSize ? wholeCommits(page) : page;
          await publisher.publish(events);
          handled(events.at(-1)!);
        },
      },
      { ...settings, batchSize },
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

/** The last commit of a full page may go on beyond it: it comes whole with the next page. */
function wholeCommits(page: readonly EventText[]): readonly EventText[] {
  const last = page.at(-1)!.cursor.tx;
  const whole = page.slice(
    0,
    page.findIndex(({ cursor }) => cursor.tx === last),
  );
  return whole.length > 0 ? whole : page;
}
