/**
 * Writes runs that a crash left ahead of the log. Finds runs whose job Redis does not know although the log says that they wait or run, and mends
 * them: a waiting run is pushed again, a running attempt is declared lost with its queue. The view names candidates, Redis says which it lacks, the log decides.
 * Two passes: a narrow one each second over what became due a moment ago, for pushes that a crash cut off; a full one at the start, after Redis
 * was wiped or did not answer, and once a minute, or less often when so many runs live that it takes long.
 */
import { type Lane, type RunId } from '#contracts';
import { type Clock, ServiceLoop, type Startable } from '#lifecycle';
import { jobIdOf, type QueueClient } from '#queue';
import { groupBy, inParts, sum } from '../grouping.js';
import { type RunBook } from '../commands/run-book.js';
import { type RunsAhead } from '../commands/runs-ahead.js';
import { type JobPusher } from '../pushing/job-pusher.js';
import { type LiveRun, type LiveRuns } from '../queries/live-runs.js';

const ACTOR = 'service:dispatcher';
const PAGE = 4_000;
/** Runs mended at a time; those of a page at once, so that the log is read for some while jobs of others are pushed. */
const PART = 1_000;
const FULL_PASS_EVERY_MS = 60_000;
/** At most this part of the time is spent in full passes that nothing asked for. */
const FULL_PASS_SHARE = 1 / 30;
/** How long after a run is due its job must be in Redis, and its end, if it ended soon, in the view, also when there is much to do. */
const GRACE_MS = 5_000;

export interface HealLostJobsParts {
  live: LiveRuns;
  queue: QueueClient;
  pusher: JobPusher;
  book: RunBook;
  ahead: Pick<RunsAhead, 'writeLeftBehind'>;
  clock: Clock;
  intervalMs: number;
  /** Resolves when the view of live runs is up to date. */
  catchUp(): Promise<void>;
  onHealed(what: { pushed: number; lost: number; wiped: boolean }): void;
  onError(error: unknown, name: string): void;
}

export class HealLostJobsClock implements Startable {
  private readonly loop: ServiceLoop;
  private fullPassDueAt = -Infinity;
  private checkedUntil: number;

  constructor(private readonly parts: HealLostJobsParts) {
    this.checkedUntil = parts.clock.now();
    this.loop = new ServiceLoop({
      name: 'heal-lost-jobs',
      intervalMs: parts.intervalMs,
      step: () => this.step(),
      onError: (...told) => this.failed(...told),
    });
  }

  start(): Promise<void> {
    return this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  /** Something was not pushed: look at everything soon. */
  expectLosses(): void {
    this.fullPassDueAt = -Infinity;
  }

  private failed(error: unknown, name: string): void {
    this.expectLosses();
    this.parts.onError(error, name);
  }

  private async step(): Promise<void> {
    await this.parts.ahead.writeLeftBehind(this.parts.clock.now() - GRACE_MS);
    const wiped = await this.parts.queue.wasWiped();
    // The mark comes before the pushes, so that a second wipe in the middle of them is noticed.
    if (wiped) await this.parts.queue.markEpoch();
    const isFull = wiped || performance.now() > this.fullPassDueAt;
    if (isFull) await this.fullPass(wiped);
    else await this.narrowPass();
  }

  private async fullPass(wiped: boolean): Promise<void> {
    const startedAt = performance.now();
    // Losses that are expected from here on are a reason for another pass.
    this.fullPassDueAt = Infinity;
    await this.parts.catchUp();
    const until = this.parts.clock.now() - GRACE_MS;
    let after: RunId | null = null;
    const healed = { pushed: 0, lost: 0, wiped };
    for (;;) {
      const page: LiveRun[] = await this.parts.live.page({ after, now: this.parts.clock.now(), limit: PAGE });
      const mended = await this.mend(page);
      healed.pushed += mended.pushed;
      healed.lost += mended.lost;
      if (page.length < PAGE) break;
      after = page.at(-1)!.runId;
    }
    const tookMs = performance.now() - startedAt;
    const nextAt = startedAt + Math.max(FULL_PASS_EVERY_MS, tookMs / FULL_PASS_SHARE);
    this.fullPassDueAt = Math.min(this.fullPassDueAt, nextAt);
    this.checkedUntil = until;
    if (healed.pushed + healed.lost > 0) this.parts.onHealed(healed);
  }

  private async narrowPass(): Promise<void> {
    const until = this.parts.clock.now() - GRACE_MS;
    const healed = { pushed: 0, lost: 0, wiped: false };
    for (let after = this.checkedUntil; ;) {
      const due = await this.parts.live.waitingDue({ after, until, limit: PAGE });
      const mended = await this.mend(due);
      healed.pushed += mended.pushed;
      healed.lost += mended.lost;
      if (due.length < PAGE) break;
      // The next page begins with the last moment of this one, which may go on beyond it.
      const next = due.at(-1)!.dueAt - 1;
      if (next === after) {
        this.expectLosses();
        break;
      }
      after = next;
    }
    this.checkedUntil = until;
    if (healed.pushed + healed.lost > 0) this.parts.onHealed(healed);
  }

  private async mend(page: readonly LiveRun[]): Promise<{ pushed: number; lost: number }> {
    const mended = await Promise.all(inParts(page, PART).map((candidates) => this.mendPart(candidates)));
    return { pushed: sum(mended.map(({ pushed }) => pushed)), lost: sum(mended.map(({ lost }) => lost)) };
  }

  private async mendPart(candidates: readonly LiveRun[]): Promise<{ pushed: number; lost: number }> {
    const missing = await this.missing(candidates);
    const waiting = missing.filter(({ status }) => status === 'waiting').map(({ runId }) => runId);
    const running = missing.filter(({ status }) => status === 'running');
    const pushed = waiting.length > 0 ? await this.parts.pusher.pushRuns(waiting) : 0;
    const lost = running.length > 0 ? await this.declareLost(running) : 0;
    return { pushed, lost };
  }

  private async missing(candidates: readonly LiveRun[]): Promise<LiveRun[]> {
    const lanes = groupBy(candidates, ({ lane }) => lane);
    const lists = await Promise.all([...lanes].map(([lane, runs]) => this.missingIn(lane, runs)));
    return lists.flat();
  }

  private async missingIn(lane: Lane, runs: readonly LiveRun[]): Promise<LiveRun[]> {
    const byJob = new Map(runs.map((run) => [jobOfLive(run), run]));
    const missing = await this.parts.queue.missing(lane, [...byJob.keys()]);
    return missing.map((jobId) => byJob.get(jobId)!);
  }

  private async declareLost(running: readonly LiveRun[]): Promise<number> {
    const at = this.parts.clock.now();
    const orders = running.map(({ runId, attempt }) => ({
      runId,
      actor: ACTOR,
      commands: [{ type: 'RecordQueueLoss', at, attempt } as const],
    }));
    const answers = await this.parts.book.carryOut(orders);
    return answers.filter((answer) => 'events' in answer && answer.events.length > 0).length;
  }
}

function jobOfLive({ runId, status, attempt }: LiveRun): string {
  return jobIdOf({ run: runId, attempt: status === 'waiting' ? attempt + 1 : attempt });
}
