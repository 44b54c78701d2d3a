/**
 * Tells Redis which outcomes are committed: a moment later, many at a time. What is not told, because of a crash or an outage, is read again, which
 * the attempt number makes harmless.
 */
import { type Lane } from '#contracts';
import { type OutcomeEntry, type QueueClient } from '#queue';

export interface AcknowledgementsParts {
  queue: Pick<QueueClient, 'acknowledge'>;
  onError(error: unknown, name: string): void;
}

const GATHER_MS = 20;

interface Committed {
  readonly entryIds: Set<string>;
  readonly endedJobIds: string[];
}

export class Acknowledgements {
  private committed = new Map<Lane, Committed>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: AcknowledgementsParts) {}

  /** To be called once the consequences of the entries are committed. */
  add(entries: readonly OutcomeEntry[]): void {
    for (const { lane, entryId, endsLease, jobs } of entries) {
      const ofLane = this.committed.get(lane) ?? { entryIds: new Set(), endedJobIds: [] };
      this.committed.set(lane, ofLane);
      ofLane.entryIds.add(entryId);
      if (endsLease) for (const { jobId } of jobs) ofLane.endedJobIds.push(jobId);
    }
    this.timer ??= setTimeout(() => void this.flush(), GATHER_MS);
  }

  /** Sends what is gathered; never throws. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const committed = [...this.committed];
    this.committed = new Map();
    const { queue, onError } = this.parts;
    await Promise.all(
      committed.map(([lane, { entryIds, endedJobIds }]) =>
        queue
          .acknowledge(lane, { entryIds: [...entryIds], endedJobIds })
          .catch((error: unknown) => onError(error, 'acknowledging outcomes')),
      ),
    );
  }
}
