/**
 * Reads the outcome streams of all lanes as one consumer of the group `dispatcher`. Each turn of the loop:
 * 1. which lanes there are, each with its group;
 * 2. what this consumer was given before and may never have seen: at the start and after every error;
 * 3. what lies with consumers that may be dead, from time to time;
 * 4. what is new, waiting up to a second for it.
 * An entry comes at least once, to one of the readers; again if it is not acknowledged for 5 s. Its attempt tells copies apart.
 */
import { type Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { type Lane } from '#contracts';
import { connectBlocking, type QueueConnection } from './connection.js';
import { laneOfKey } from './keys.js';
import { type OutcomeEntry, parseEntry } from './outcome-entry.js';
import { OUTCOME_GROUP } from './queue-client.js';
import { WatchedLanes } from './watched-lanes.js';

export interface OutcomeReaderSettings {
  /** For everything but the waiting read, which gets a connection of its own with the same settings. */
  connection: QueueConnection;
  namespace: string;
  /** Name of this consumer. A dispatcher that keeps it over a restart gets back at once what it had not acknowledged. */
  consumer: string;
  /** Told of what goes wrong; the reader itself backs off and goes on. */
  onError: (error: Error) => void;
}

const BLOCK_MS = 1_000;
/** An entry that its consumer has not acknowledged for so long is given to another. */
const TAKEOVER_IDLE_MS = 5_000;
const TAKEOVER_EVERY_MS = 2_500;
const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 2_000;

/** What XREADGROUP and XAUTOCLAIM answer: an entry's fields are null when it was deleted meanwhile. */
type RawEntry = [id: string, fields: string[] | null];
type RawStream = [key: string, entries: RawEntry[]];

export class OutcomeReader {
  private readonly blocking: Redis;
  private readonly lanes: WatchedLanes;
  private readonly stopping = new AbortController();
  /** Entry by entry: one is handed out whole, because it is acknowledged whole. */
  private readonly surplus: OutcomeEntry[][] = [];
  private isOwnPendingUnread = true;
  private tookOverAt = -Infinity;
  private busyStreams = 1;
  private backoffMs = FIRST_BACKOFF_MS;
  /** Of the reader's own connection as it is now. */
  private clientId: number | undefined;
  private blockedRead: Promise<unknown> | undefined;
  private reading: Promise<unknown> = Promise.resolve();

  constructor(private readonly settings: OutcomeReaderSettings) {
    const { connection, namespace, consumer, onError } = settings;
    this.blocking = connectBlocking({ ...connection.settings, name: `outcomes-${consumer}`, onError });
    this.blocking.on('close', () => (this.clientId = undefined));
    this.lanes = new WatchedLanes(connection, namespace);
  }

  /**
   * Waits for entries, and gives what `maxCount` of them say; an empty list only once the reader is stopped. Never throws. One call at a time.
   */
  read(maxCount: number): Promise<OutcomeEntry[]> {
    const reading = this.readUntilSome(maxCount);
    this.reading = reading;
    return reading;
  }

  /** Reads this lane too, at once: to be called before this process pushes to a lane for the first time. */
  watch(lane: Lane): void {
    this.lanes.announce(lane);
    void this.wake();
  }

  /** Ends a waiting read and closes the reader's own connection. What was read and not acknowledged goes to another reader. Safe to call twice. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.blocking.disconnect();
    await this.reading;
  }

  private get isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async readUntilSome(maxCount: number): Promise<OutcomeEntry[]> {
    while (this.surplus.length === 0 && !this.isStopped) {
      try {
        this.surplus.push(...(await this.readOnce(maxCount)));
        this.backoffMs = FIRST_BACKOFF_MS;
      } catch (error) {
        await this.recover(error as Error);
      }
    }
    return this.isStopped ? [] : this.surplus.splice(0, maxCount).flat();
  }

  private async readOnce(maxCount: number): Promise<OutcomeEntry[][]> {
    const streams = await this.lanes.streams();
    if (streams.length === 0) {
      await this.pause(FIRST_BACKOFF_MS);
      return [];
    }
    if (this.isOwnPendingUnread) return this.readOwnPending(streams);
    if (performance.now() - this.tookOverAt >= TAKEOVER_EVERY_MS) {
      const takenOver = await this.takeOver(streams, maxCount);
      if (takenOver.length > 0) return takenOver;
    }
    return this.readNew(streams, maxCount);
  }

  /** The count is a limit for each stream, so the streams that were busy last time share it. */
  private async readNew(streams: readonly string[], maxCount: number): Promise<OutcomeEntry[][]> {
    this.clientId ??= await this.blocking.client('ID');
    const count = Math.ceil(maxCount / this.busyStreams);
    const read = this.readGroup(streams, { from: '>', count });
    this.blockedRead = read;
    const answer = await read.finally(() => (this.blockedRead = undefined));
    this.busyStreams = Math.max(1, answer.length);
    return answer.flatMap(parseStream);
  }

  /** Everything at once: it was read before, so it is no more than was in hand when the process or the connection ended. */
  private async readOwnPending(streams: readonly string[]): Promise<OutcomeEntry[][]> {
    const answer = await this.readGroup(streams, { from: '0', count: 10_000 });
    this.isOwnPendingUnread = false;
    return answer.flatMap(parseStream);
  }

  private async readGroup(
    streams: readonly string[],
    { from, count }: { from: '>' | '0'; count: number },
  ): Promise<RawStream[]> {
    const group = ['GROUP', OUTCOME_GROUP, this.settings.consumer, 'COUNT', count];
    const ids = streams.map(() => from);
    const answer = await this.blocking.call('XREADGROUP', ...group, 'BLOCK', BLOCK_MS, 'STREAMS', ...streams, ...ids);
    return (answer as RawStream[] | null) ?? [];
  }

  private async takeOver(streams: readonly string[], maxCount: number): Promise<OutcomeEntry[][]> {
    const { connection, consumer } = this.settings;
    const answers = await connection.attempt('take over entries', async () => {
      const pipeline = connection.redis.pipeline();
      for (const key of streams) {
        pipeline.xautoclaim(key, OUTCOME_GROUP, consumer, TAKEOVER_IDLE_MS, '0-0', 'COUNT', maxCount);
      }
      return (await pipeline.exec()) ?? [];
    });
    const failed = answers.find(([error]) => error)?.[0];
    if (failed) throw failed;

    const taken = answers.flatMap(([, answer], n) =>
      parseStream([streams[n] ?? '', (answer as [string, RawEntry[]])[1]]),
    );
    // While there is something to take, ask again at once: a dead reader may have left more than one batch.
    if (taken.length === 0) this.tookOverAt = performance.now();
    return taken;
  }

  private async recover(error: Error): Promise<void> {
    if (this.isStopped) return;
    this.isOwnPendingUnread = true;
    if (error.message.includes('NOGROUP')) return this.recoverFromWipe();
    this.settings.onError(error);
    await this.pause(this.backoffMs);
    this.backoffMs = Math.min(this.backoffMs * 2, LONGEST_BACKOFF_MS);
  }

  private async recoverFromWipe(): Promise<void> {
    this.lanes.forget();
    await this.pause(FIRST_BACKOFF_MS);
  }

  /** Ends a read that waits on the old list of streams. It may not have reached Redis yet, so once may not be enough. */
  private async wake(): Promise<void> {
    const { connection, onError } = this.settings;
    const read = this.blockedRead;
    try {
      while (read !== undefined && this.blockedRead === read && !this.isStopped) {
        if (this.clientId === undefined) return;
        if ((await connection.redis.client('UNBLOCK', this.clientId)) === 1) return;
        await this.pause(2);
      }
    } catch (error) {
      onError(error as Error);
    }
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

function parseStream([key, entries]: RawStream): OutcomeEntry[][] {
  const lane = laneOfKey(key) as Lane;
  return entries.flatMap(([entryId, fields]) => (fields === null ? [] : [parseEntry(lane, entryId, fields)]));
}
