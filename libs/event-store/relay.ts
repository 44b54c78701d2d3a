/**
 * Carries the log out of the house, in order. The checkpoint is saved after the publisher has acknowledged: a crash between the two
 * publishes again, which the message id, stream and version, makes harmless; the other order would lose events.
 */
import { type Startable } from '#lifecycle';
import { type RecordedEvent } from './log.js';
import { LogFollower, type FollowerSettings } from './log-follower.js';

export interface EventPublisher {
  /** Resolves when all are safe with the receiver, who keeps one of each `<stream>:<version>`. */
  publish(events: readonly RecordedEvent[]): Promise<void>;
}

export interface RelayOptions extends FollowerSettings {
  publisher: EventPublisher;
  /** Of its checkpoint and its lock. Default `relay`. */
  name?: string;
}

export class Relay implements Startable {
  private readonly follower: LogFollower;

  constructor({ publisher, name = 'relay', ...settings }: RelayOptions) {
    this.follower = new LogFollower(
      {
        name,
        categories: undefined,
        handle: async (events, handled) => {
          await publisher.publish(events);
          handled(events.at(-1)!);
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
