/** What a dispatcher remembers of runs, so that it need not read the log for each. It may be behind what other dispatchers have written. */
import { type AwaitedRun, type RunId } from '#contracts';
import { type Run } from '../run/run.js';

export interface Known {
  readonly run: Run;
  readonly version: number;
  /** Kept only for a run that somebody waits for. */
  readonly view: AwaitedRun | null;
}

export interface KnownRunsLimits {
  /** Runs that were accepted and no more, may start at once, and nobody waits for. Those alike share what is known of them, so that each takes some 110 bytes. */
  accepted: number;
  others: number;
}

/** As many as are meant to wait at once; see B8 in docs/benchmark.md. */
const LIMITS: KnownRunsLimits = { accepted: 1_100_000, others: 50_000 };
/** Ways in which runs were accepted: lanes, times their priorities. */
const MOST_WAYS = 10_000;

export class KnownRuns {
  private readonly accepted = new Map<RunId, Known>();
  private readonly others = new Map<RunId, Known>();
  private readonly ways = new Map<string, Known>();
  private latestWay: Known | undefined;

  constructor(private readonly limits = LIMITS) {}

  get(runId: RunId): Known | undefined {
    return this.others.get(runId) ?? this.accepted.get(runId);
  }

  /** The oldest make room. */
  set(runId: RunId, known: Known): void {
    this.delete(runId);
    const { run, version } = known;
    if (version === 1 && run.waiter === null && run.notBefore === null)
      put(this.accepted, runId, this.sharedBy(known), this.limits.accepted);
    else put(this.others, runId, known, this.limits.others);
  }

  delete(runId: RunId): void {
    if (!this.others.delete(runId)) this.accepted.delete(runId);
  }

  private sharedBy(known: Known): Known {
    if (this.latestWay && isAlike(known.run, this.latestWay.run)) return this.latestWay;
    const way = JSON.stringify(known.run);
    const shared = this.ways.get(way) ?? known;
    put(this.ways, way, shared, MOST_WAYS);
    this.latestWay = shared;
    return shared;
  }
}

/** Whether they are the same for sure, at a glance: they came in one message. */
function isAlike(one: Run, other: Run): boolean {
  return one.policies === other.policies && one.lane === other.lane && one.priority === other.priority;
}

/** A hundredth goes at once: whoever looks for the oldest steps over the places of all that went before it, a million of them at worst. */
function put<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.set(key, value);
  if (map.size <= most) return;
  let left = Math.ceil(most / 100);
  for (const oldest of map.keys()) {
    map.delete(oldest);
    if (--left === 0) return;
  }
}
