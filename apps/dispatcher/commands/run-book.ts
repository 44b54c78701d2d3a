/**
 * Carries out commands on many runs at once.
 * Steps: load the runs that are not at hand, decide, append (the log commits what arrives together), and decide again where somebody else was
 * faster; then let the reactors see what was committed.
 */
import { type AwaitedRun, isRefused, type Lane, type Refused, type RunEvent, type RunId, streamOf } from '#contracts';
import { type EventLog, fold, type StreamAppend, TooManyConflicts } from '#event-store';
import { awaitedRunOf, evolveView } from '../history/run-view.js';
import { type RunCommand } from '../run/run.commands.js';
import { runDecider } from '../run/run.decider.js';
import { isFinished, type Run } from '../run/run.js';

/** Commands for one run, to be carried out in order. */
export interface RunOrder {
  readonly runId: RunId;
  readonly commands: readonly RunCommand[];
  readonly actor: string;
  /** When given, the run must belong to this lane: a worker speaks for the runs of its own lane only. */
  readonly lane?: Lane;
}

export interface CommittedRun {
  readonly runId: RunId;
  /** As it is after the events. */
  readonly run: Run;
  /** Empty when the commands changed nothing. */
  readonly events: readonly RunEvent[];
  /** The same as callers see it; kept only for a run that somebody waits for. */
  readonly view: AwaitedRun | null;
}

/** Acts on what was committed, at once. What it fails to do is found and done later by a clock, so it never throws. */
export interface RunReactor {
  react(committed: readonly CommittedRun[]): void;
}

interface Known {
  readonly run: Run;
  readonly version: number;
  readonly view: AwaitedRun | null;
}

/** What will be true of a run once the append has gone through. */
interface Write {
  readonly append: StreamAppend;
  readonly committed: CommittedRun;
}

/** `again`: to be decided anew on what the log says. */
type Outcome = CommittedRun | Refused | 'again';

/** Runs kept in memory; the rest is read from the log when it is needed. */
const CAPACITY = 50_000;
const MAX_TRIES = 10;

export class RunBook {
  private readonly known = new Map<RunId, Known>();

  constructor(
    private readonly log: Pick<EventLog, 'appendAll' | 'readStreams'>,
    private readonly reactors: readonly RunReactor[],
  ) {}

  /** One answer for each order, in order. @throws LogUnavailable; asking again is safe. */
  async carryOut(orders: readonly RunOrder[]): Promise<(CommittedRun | Refused)[]> {
    const read = await this.load(orders.filter(({ runId }) => !this.known.has(runId)));
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
    for (const { runId, run, events, view } of committed) this.remember(runId, { run, version: events.length, view });
    this.publish(committed);
  }

  private async tryOnce(orders: readonly RunOrder[], read: ReadonlySet<RunId>): Promise<Outcome[]> {
    const plans = orders.map((order) => this.plan(order, read.has(order.runId)));
    const answers = await this.log.appendAll(plans.filter(isWrite).map(({ append }) => [append]));
    let next = 0;
    return plans.map((plan) => {
      if (!isWrite(plan)) return plan;
      if (answers[next++] === 'conflict') return 'again';
      const { append, committed } = plan;
      const version = append.expectedVersion + append.events.length;
      this.remember(committed.runId, { run: committed.run, version, view: committed.view });
      return committed;
    });
  }

  /**
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
    if (events.length === 0) return wasRead ? { runId, run, events, view } : 'again';
    return {
      append: { category: 'run', stream: streamOf('run', runId), expectedVersion: version, events, meta: { actor } },
      committed: { runId, run: after, events, view: view && events.reduce(evolveView, view) },
    };
  }

  private async load(orders: readonly RunOrder[]): Promise<Set<RunId>> {
    const runIds = new Set(orders.map(({ runId }) => runId));
    if (runIds.size === 0) return runIds;
    const streams = await this.log.readStreams([...runIds].map((runId) => streamOf('run', runId)));
    for (const runId of runIds) {
      const events = (streams.get(streamOf('run', runId)) ?? []).map(({ event }) => event as RunEvent);
      const run = fold(runDecider, events);
      this.remember(runId, {
        run,
        version: events.length,
        view: run.waiter === null ? null : awaitedRunOf(runId, events),
      });
    }
    return runIds;
  }

  /** The oldest run makes room; a finished one is not needed again. */
  private remember(runId: RunId, known: Known): void {
    this.known.delete(runId);
    this.known.set(runId, known);
    if (this.known.size > CAPACITY) this.known.delete(this.known.keys().next().value!);
  }

  private publish(committed: readonly CommittedRun[]): void {
    const changed = committed.filter(({ events }) => events.length > 0);
    for (const { runId, run } of committed) if (isFinished(run) || run.status === 'absent') this.known.delete(runId);
    if (changed.length > 0) for (const reactor of this.reactors) reactor.react(changed);
  }
}

function isWrite(plan: Write | Outcome): plan is Write {
  return typeof plan === 'object' && 'append' in plan;
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
