/**
 * Carries out commands on many runs at once.
 * Steps: load the runs that are not at hand, decide, append (the log commits what arrives together), and decide again where somebody else was
 * faster; then let the reactors see what was committed.
 */
import { isRefused, type Lane, type Refused, type RunEvent, type RunId, streamOf } from '#contracts';
import {
  type AppendAnswer,
  type DomainEvent,
  type EventLog,
  fold,
  type StreamAppend,
  TooManyConflicts,
} from '#event-store';
import { awaitedRunOf, evolveView } from '../history/run-view.js';
import { type RunCommand } from '../run/run.commands.js';
import { runDecider } from '../run/run.decider.js';
import { isFinished, type Run } from '../run/run.js';
import { appendOfNewRun } from './accepted-run.js';
import { type CommittedRun, type RunReactor } from './committed-run.js';
import { KnownRuns } from './known-runs.js';
import { type RunsAhead } from './runs-ahead.js';

/** Commands for one run, to be carried out in order. */
export interface RunOrder {
  readonly runId: RunId;
  readonly commands: readonly RunCommand[];
  readonly actor: string;
  /** When given, the run must belong to this lane: a worker speaks for the runs of its own lane only. */
  readonly lane?: Lane;
}

/** A new run that is ahead of the log: it is written before all else that happens to it, in the same commit. */
interface HeldRun {
  readonly append: StreamAppend<RunEvent>;
  /** The commit that is to write it, once there is one. */
  commit: Promise<unknown> | undefined;
  answer(answer: AppendAnswer): void;
  fail(error: unknown): void;
}

/** What will be true of a run once the appends have gone through. */
interface Write {
  readonly appends: readonly StreamAppend[];
  readonly committed: CommittedRun;
  readonly version: number;
  readonly held: HeldRun | undefined;
}

/** `again`: to be decided anew on what the log says. */
type Outcome = CommittedRun | Refused | 'again';

const MAX_TRIES = 10;
/** How long a run is held at most: as long as most short ones take, so that they are written once. */
const HOLD_MS = 5;

export class RunBook {
  private readonly known = new KnownRuns();
  private readonly held = new Map<RunId, HeldRun>();

  constructor(
    private readonly log: Pick<EventLog, 'appendAll' | 'readStreams'>,
    private readonly ahead: Pick<RunsAhead, 'notesOf' | 'written'>,
    private readonly reactors: readonly RunReactor[],
  ) {}

  /** One answer for each order, in order. @throws LogUnavailable; asking again is safe. */
  async carryOut(orders: readonly RunOrder[]): Promise<(CommittedRun | Refused)[]> {
    await this.untilWritten(orders);
    const read = await this.load(orders.filter(({ runId }) => !this.known.get(runId)));
    const answers = new Map<RunOrder, CommittedRun | Refused>();
    let open = orders;
    for (let tries = 0; open.length > 0; tries++) {
      if (tries === MAX_TRIES)
        throw new TooManyConflicts(`run ${open[0]!.runId} was written by others ${MAX_TRIES} times in a row`);
      const outcomes = await this.tryOnce(open, read);
      const settled = open.flatMap((order, n) => (outcomes[n] === 'again' ? [] : [[order, outcomes[n]!] as const]));
      for (const [order, outcome] of settled) answers.set(order, outcome as CommittedRun | Refused);
      // At once: what is committed must be acted on even if the rest fails.
      this.publish(settled.flatMap(([, outcome]) => (isRefused(outcome) ? [] : [outcome as CommittedRun])));
      open = open.filter((_, n) => outcomes[n] === 'again');
      for (const runId of await this.load(open)) read.add(runId);
    }
    return orders.map((order) => answers.get(order)!);
  }

  /** Takes in runs that were committed by somebody else: a new run together with its idempotency key. */
  admit(committed: readonly CommittedRun[]): void {
    for (const { runId, run, events, view } of committed) this.known.set(runId, { run, version: events.length, view });
    this.publish(committed);
  }

  /**
   * Takes in a new run that is ahead of the log. It is written with what is ordered for it next, or soon, whichever is first. Answers when it is.
   * @throws LogUnavailable; it may be in the log by then or later, because of its note.
   */
  hold(accepted: CommittedRun, actor: string): Promise<AppendAnswer> {
    const { runId, run, events, view } = accepted;
    this.known.set(runId, { run, version: events.length, view });
    return new Promise((resolve, reject) => {
      const held: HeldRun = {
        append: appendOfNewRun(accepted, actor),
        commit: undefined,
        answer: resolve,
        fail: reject,
      };
      this.held.set(runId, held);
      setTimeout(() => {
        if (this.held.get(runId) === held && !held.commit)
          this.carryOut([{ runId, commands: [], actor }]).catch(reject);
      }, HOLD_MS);
    });
  }

  /** How many runs are ahead of the log. */
  get heldRuns(): number {
    return this.held.size;
  }

  private async tryOnce(orders: readonly RunOrder[], read: ReadonlySet<RunId>): Promise<Outcome[]> {
    const plans = orders.map((order) => this.plan(order, read.has(order.runId)));
    const writes = plans.filter(isWrite);
    const answers = await this.write(writes);
    let next = 0;
    return plans.map((plan) => {
      if (!isWrite(plan)) return plan;
      if (answers[next++] === 'conflict') return 'again';
      const { committed, version } = plan;
      const { runId, run, view } = committed;
      // A finished one is forgotten when it is published.
      if (!isFinished(run)) this.known.set(runId, { run, version, view });
      return committed;
    });
  }

  private async write(writes: readonly Write[]): Promise<AppendAnswer[]> {
    const commit = this.log.appendAll(writes.map(({ appends }) => appends));
    writes.forEach(({ committed: { runId }, held }, n) => {
      if (!held) return;
      const failed = (error: unknown) => {
        // Whether it is in the log is not known then. If it is not, its note tells.
        this.known.delete(runId);
        held.fail(error);
      };
      held.commit = commit.then((answers) => held.answer(answers[n]!), failed).finally(() => this.held.delete(runId));
    });
    return commit;
  }

  /** An order for a run that is just being written for the first time waits for that. */
  private async untilWritten(orders: readonly RunOrder[]): Promise<void> {
    if (this.held.size === 0) return;
    await Promise.all(orders.map(({ runId }) => this.held.get(runId)?.commit));
  }

  /**
   * A held run is written first, whatever is ordered.
   * `again`: nothing was to be done for a run as memory has it. Memory may be behind another dispatcher, and only an append proves that it is
   * not; so a decision to write nothing is taken on what was read from the log since the orders came.
   */
  private plan({ runId, commands, actor, lane }: RunOrder, wasRead: boolean): Write | Outcome {
    const known = this.known.get(runId);
    if (!known) return 'again';
    const { run, version, view } = known;
    const decision = lane === undefined || run.lane === lane ? decideAll(commands, run) : { events: [], after: run };
    if (isRefused(decision)) return wasRead ? decision : 'again';
    const { events, after } = decision;
    const held = this.held.get(runId);
    if (events.length === 0 && !held) return wasRead ? { runId, run, events, view } : 'again';
    const stream = streamOf('run', runId);
    const own: StreamAppend = { category: 'run', stream, expectedVersion: version, events, meta: { actor } };
    const viewAfter = view && events.reduce(evolveView, view);
    const versionAfter = version + events.length;
    if (!held) {
      const committed = { runId, run: after, events, view: viewAfter, isPushed: false };
      return { appends: [own], committed, version: versionAfter, held };
    }
    const all = [...held.append.events, ...events];
    const committed = { runId, run: after, events: all, view: viewAfter, isPushed: true };
    return {
      appends: events.length === 0 ? [held.append] : [held.append, own],
      committed,
      version: versionAfter,
      held,
    };
  }

  private async load(orders: readonly RunOrder[]): Promise<Set<RunId>> {
    const runIds = new Set(orders.map(({ runId }) => runId));
    if (runIds.size === 0) return runIds;
    const streams = await this.read([...runIds]);
    for (const runId of runIds) {
      if (this.held.has(runId)) continue;
      const events = (streams.get(streamOf('run', runId)) ?? []) as RunEvent[];
      const run = fold(runDecider, events);
      this.known.set(runId, {
        run,
        version: events.length,
        view: run.waiter === null ? null : awaitedRunOf(runId, events),
      });
    }
    return runIds;
  }

  /** One that is not in the log may be ahead of it, held by a dispatcher that is slower or has died: then it is held here, too. */
  private async read(runIds: readonly RunId[]): Promise<Map<string, DomainEvent[]>> {
    const streams = await this.log.readStreams(runIds.map((runId) => streamOf('run', runId)));
    const absent = runIds.filter((runId) => !streams.has(streamOf('run', runId)));
    if (absent.length === 0) return streams;
    for (const { accepted, actor } of await this.ahead.notesOf(absent)) {
      // Somebody else here may have read the same note meanwhile.
      if (this.held.has(accepted.runId)) continue;
      this.hold(accepted, actor).then(
        () => this.ahead.written(accepted.runId),
        () => undefined,
      );
    }
    // Without a note it may have been written meanwhile.
    const others = absent.filter((runId) => !this.held.has(runId));
    return new Map([...streams, ...(await this.log.readStreams(others.map((runId) => streamOf('run', runId))))]);
  }

  private publish(committed: readonly CommittedRun[]): void {
    const changed = committed.filter(({ events }) => events.length > 0);
    for (const { runId, run } of committed) if (isFinished(run) || run.status === 'absent') this.known.delete(runId);
    if (changed.length > 0) for (const reactor of this.reactors) reactor.react(changed);
  }
}

function isWrite(plan: Write | Outcome): plan is Write {
  return typeof plan === 'object' && 'appends' in plan;
}

function decideAll(commands: readonly RunCommand[], run: Run): { events: RunEvent[]; after: Run } | Refused {
  const events: RunEvent[] = [];
  let after = run;
  for (const command of commands) {
    const decided = runDecider.decide(command, after);
    if (isRefused(decided)) return decided;
    after = decided.reduce((before, event) => runDecider.evolve(before, event), after);
    events.push(...decided);
  }
  return { events, after };
}
