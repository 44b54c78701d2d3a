/** Queues as they are now: waiting and running from Redis, delayed runs from the view. */
import { type Lane, type OutputOf, type GetLaneLoad, type QueueName, type QueueView } from '#contracts';
import { type Clock, momentOfId } from '#lifecycle';
import { type LaneDepth, type QueueClient } from '#queue';
import { groupBy, sum } from '../grouping.js';
import { type LaneCounts, type LiveRuns } from './live-runs.js';

const PRIORITIES = 10;
const none: LaneCounts = { waiting: 0, delayed: 0, running: 0 };

interface LaneFacts {
  lane: Lane;
  depth: LaneDepth;
  workers: number;
  counts: LaneCounts;
}

export interface QueueListParts {
  queue: QueueClient;
  live: LiveRuns;
  clock: Clock;
  /** Resolves when the view of live runs is up to date. */
  catchUp(): Promise<void>;
}

export class QueueList {
  constructor(private readonly parts: QueueListParts) {}

  async list(): Promise<QueueView[]> {
    const counts = await this.parts.live.countsByLane(this.parts.clock.now());
    const lanes = new Set([...(await this.parts.queue.lanes()), ...counts.keys()]);
    const facts = await Promise.all([...lanes].map((lane) => this.factsOf(lane, counts.get(lane) ?? none)));
    const queues = groupBy(facts, ({ lane }) => queueOf(lane));
    return [...queues].map(([queue, parts]) => viewOf(queue, parts)).sort((a, b) => (a.queue < b.queue ? -1 : 1));
  }

  /** Of one lane, waiting and running by whichever of Redis and the log knows of more: zero means that nothing is left. */
  async loadOf(lane: Lane): Promise<OutputOf<typeof GetLaneLoad>> {
    await this.parts.catchUp();
    const counts = (await this.parts.live.countsByLane(this.parts.clock.now())).get(lane) ?? none;
    const { depth, workers } = await this.factsOf(lane, counts);
    const waiting = sum(depth.waiting);
    return {
      waiting: Math.max(waiting, counts.waiting + counts.delayed),
      running: Math.max(depth.running, counts.running),
      workers,
    };
  }

  private async factsOf(lane: Lane, counts: LaneCounts): Promise<LaneFacts> {
    const [depth, workers] = await Promise.all([this.parts.queue.depth(lane), this.parts.queue.workers(lane)]);
    return { lane, depth, workers: workers.length, counts };
  }
}

function viewOf(queue: QueueName, facts: readonly LaneFacts[]): QueueView {
  const waitingByPriority = Array.from({ length: PRIORITIES }, (_, priority) =>
    sum(facts.map(({ depth }) => depth.waiting[priority] ?? 0)),
  );
  const oldest = facts.flatMap(({ depth }) => (depth.oldestJobId === null ? [] : [momentOfId(depth.oldestJobId)]));
  return {
    queue,
    waiting: sum(waitingByPriority),
    waitingByPriority,
    delayed: sum(facts.map(({ counts }) => counts.delayed)),
    running: sum(facts.map(({ depth }) => depth.running)),
    workers: sum(facts.map(({ workers }) => workers)),
    oldestAt: oldest.length === 0 ? null : Math.min(...oldest),
    lanes: facts.map(({ lane }) => lane),
  };
}

function queueOf(lane: Lane): QueueName {
  return lane.split('/')[0] as QueueName;
}
