/** Waits for runs: notices tell of their ends, and whoever waits long asks now and then, in case that a notice is lost. */
import { GetRun, GetRunStatuses, isRefused, type Refused, type RunId, type RunView } from '#contracts';
import { type Requester } from '#messaging';
import { type FinishedRuns, type Gone } from './finished-runs.js';

/**
 * A lost notice costs about this long, and for one of many twice NOTICE_WITHIN_MS more. Whoever has asked in vain asks less and less often: then most likely a backlog is long, and a platform that has
 * too much to do must not be asked by everybody who waits for it.
 */
const ASK_AGAIN_MS = 2_000;
const LONGEST_ASK_AGAIN_MS = 16_000;
const FIRST_ASK_AGAIN_MS = 100;
/** Of many runs so many are asked for, from the first to the last; all of them once a notice was lost, and when the time is over. */
const PROBES = 10;
/** The notice of a run that has finished may take so long, when there is much to do. */
const NOTICE_WITHIN_MS = 1_000;
/** Large results that are fetched at once. */
const FETCHED_AT_ONCE = 10;

export class RunWaits {
  constructor(
    private readonly finished: FinishedRuns,
    private readonly requester: Requester,
  ) {}

  /** The run as soon as it has finished; `unfinished` when it has not within `waitMs` or before the signal. */
  async waitFor(runId: RunId, waitMs: number, signal?: Gone): Promise<RunView | 'unfinished' | Refused> {
    const endsAt = performance.now() + waitMs;
    try {
      // A run that is not expected here may have finished long ago: ask first. No notice of it will come: go on asking.
      const isExpected = this.finished.isExpected(runId);
      let pause = isExpected ? ASK_AGAIN_MS : 0;
      for (;;) {
        const left = endsAt - performance.now();
        const noticed = await this.finished.untilNoticed(runId, Math.max(0, Math.min(pause, left)), signal);
        if (noticed) return noticed;
        if (signal?.aborted) return 'unfinished';
        const deadlineMs = Math.max(1_000, endsAt - performance.now());
        const run = await this.requester.request(GetRun, { runId }, { deadlineMs });
        if (isRefused(run) ? run.refusal.code !== 'service.unavailable' : isFinished(run)) return run;
        if (performance.now() >= endsAt) return isRefused(run) ? run : 'unfinished';
        const longest = isExpected ? LONGEST_ASK_AGAIN_MS : ASK_AGAIN_MS;
        pause = Math.min(longest, Math.max(FIRST_ASK_AGAIN_MS, pause * 2));
      }
    } finally {
      this.finished.forget(runId);
    }
  }

  /** The same for many runs, in order; null for one that has not finished, or was none. */
  async waitForAll(runIds: readonly (RunId | null)[], waitMs: number, signal?: Gone): Promise<(RunView | null)[]> {
    const endsAt = performance.now() + waitMs;
    // One may be named twice, or have been made before, by an idempotency key.
    const named = [...new Set(runIds.flatMap((runId) => runId ?? []))];
    const [expected, others] = parted(named, (runId) => this.finished.isExpected(runId));
    const views = new Map<RunId, RunView>();
    const toFetch: RunId[] = [];
    await this.untilAllFinished(expected, endsAt, signal).finally(() => {
      for (const runId of expected) {
        const noticed = this.finished.take(runId);
        if (noticed === 'ask') toFetch.push(runId);
        else if (noticed) views.set(runId, noticed);
      }
    });
    await inSlices([...toFetch, ...others], FETCHED_AT_ONCE, async (runId) => {
      const run = await this.waitFor(runId, Math.max(0, endsAt - performance.now()), signal);
      if (run !== 'unfinished' && !isRefused(run)) views.set(runId, run);
    });
    return runIds.map((runId) => (runId === null ? null : (views.get(runId) ?? null)));
  }

  /** Until each was noticed, asking now and then in case that notices are lost; or the time is over, or the caller has gone. */
  private async untilAllFinished(runIds: readonly RunId[], endsAt: number, signal: Gone | undefined): Promise<void> {
    for (let pause = ASK_AGAIN_MS; ; pause = Math.min(pause * 2, LONGEST_ASK_AGAIN_MS)) {
      const left = Math.max(0, endsAt - performance.now());
      const open = await this.finished.untilAllNoticed(runIds, Math.min(pause, left), signal);
      if (open.length === 0 || signal?.aborted) return;
      if (performance.now() >= endsAt) return this.note(await this.finishedAmong(open, endsAt));
      const lost = await this.lostAmong(spread(open, PROBES), endsAt, signal);
      if (lost.length > 0) this.note([...lost, ...(await this.lostAmong(open, endsAt, signal))]);
    }
  }

  private note(runIds: readonly RunId[]): void {
    for (const runId of runIds) this.finished.note({ runId });
  }

  /** Those that have finished and whose notice was lost: it does not come any more. */
  private async lostAmong(runIds: RunId[], endsAt: number, signal: Gone | undefined): Promise<RunId[]> {
    const finished = await this.finishedAmong(runIds, endsAt);
    const left = Math.max(0, endsAt - performance.now());
    return this.finished.untilAllNoticed(finished, Math.min(NOTICE_WITHIN_MS, left), signal);
  }

  private async finishedAmong(runIds: RunId[], endsAt: number): Promise<RunId[]> {
    const deadlineMs = Math.max(1_000, endsAt - performance.now());
    const answer = await this.requester.request(GetRunStatuses, { runIds }, { deadlineMs });
    if (isRefused(answer)) return [];
    return runIds.filter((_, n) => answer.statuses[n] && isFinished({ status: answer.statuses[n] }));
  }
}

export function isFinished({ status }: Pick<RunView, 'status'>): boolean {
  return status !== 'waiting' && status !== 'running';
}

async function inSlices<T>(list: readonly T[], size: number, act: (one: T) => Promise<void>): Promise<void> {
  for (let first = 0; first < list.length; first += size) await Promise.all(list.slice(first, first + size).map(act));
}

function parted<T>(list: readonly T[], belongs: (one: T) => boolean): [T[], T[]] {
  const [inside, outside]: [T[], T[]] = [[], []];
  for (const one of list) (belongs(one) ? inside : outside).push(one);
  return [inside, outside];
}

/** So many of a list at most, evenly from its first to its last. */
function spread<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  return Array.from({ length: most }, (_, n) => list[Math.round((n * (list.length - 1)) / (most - 1))]!);
}
