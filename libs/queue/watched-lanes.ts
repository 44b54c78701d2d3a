/** The lanes whose outcomes are read: the list, and a consumer group on each stream. */
import { type Lane } from '#contracts';
import { type QueueConnection } from './connection.js';
import { laneKey, lanesKey } from './keys.js';
import { OUTCOME_GROUP } from './queue-client.js';

/** Lanes that another process was first to push to are seen after this long. */
const REFRESH_MS = 1_000;

export class WatchedLanes {
  private readonly grouped = new Set<Lane>();
  private readonly announced = new Set<Lane>();
  private refreshedAt = -Infinity;

  constructor(
    private readonly connection: QueueConnection,
    private readonly namespace: string,
  ) {}

  /** A lane that this process is about to push to; it is not in the list of lanes yet. */
  announce(lane: Lane): void {
    this.announced.add(lane);
  }

  /** The keys of the streams to read; each has its group. */
  async streams(): Promise<string[]> {
    if (performance.now() - this.refreshedAt >= REFRESH_MS) await this.refresh();
    const fresh = [...this.announced].filter((lane) => !this.grouped.has(lane));
    if (fresh.length > 0) await this.makeGroups(fresh);
    return [...this.grouped].map((lane) => laneKey(this.namespace, lane, 'outcomes'));
  }

  /** Redis no longer has a group that it had: it was wiped, or a lane retired. The list is read and the groups are made anew. */
  forget(): void {
    this.grouped.clear();
    this.refreshedAt = -Infinity;
  }

  private async refresh(): Promise<void> {
    const key = lanesKey(this.namespace);
    const listed = new Set(await this.connection.attempt(`read ${key}`, () => this.connection.redis.smembers(key)));
    // Once listed, a lane stays for as long as the list has it; until then the announcement keeps it.
    for (const lane of this.announced) if (listed.has(lane)) this.announced.delete(lane);
    for (const lane of this.grouped) if (!listed.has(lane) && !this.announced.has(lane)) this.grouped.delete(lane);
    const fresh = ([...listed] as Lane[]).filter((lane) => !this.grouped.has(lane));
    if (fresh.length > 0) await this.makeGroups(fresh);
    this.refreshedAt = performance.now();
  }

  /** From 0: what workers reported before the group was there, e.g. after a wipe, counts too. */
  private async makeGroups(lanes: readonly Lane[]): Promise<void> {
    await this.connection.attempt(`make the groups of ${lanes.length} lanes`, async () => {
      const pipeline = this.connection.redis.pipeline();
      for (const lane of lanes) {
        pipeline.xgroup('CREATE', laneKey(this.namespace, lane, 'outcomes'), OUTCOME_GROUP, '0', 'MKSTREAM');
      }
      for (const [error] of (await pipeline.exec()) ?? []) {
        if (error && !error.message.startsWith('BUSYGROUP')) throw error;
      }
    });
    for (const lane of lanes) this.grouped.add(lane);
  }
}
