/**
 * Carries out commands on many runs at once.
 * Steps: load the runs that are not at hand, decide, append (the log commits what arrives together), and decide again where somebody else was
 * faster; then let the reactors see what was committed.
 */
import { isRefused, type Lane, type Refused, type RunEvent, type RunId, streamOf } from '#contracts';
import { type EventLog, fold } from '#event-store';
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
}

/** Acts on what was committed, at once. What it fails to do is found and done later by a clock, so it never throws. */
export interface RunReactor {
  react(committed: readonly CommittedRun[]): void;
}

interface Known {
  readonly run: Run;
  readonly version: number;
}

/** Runs kept in memory; the rest is read from the log when it is needed. */
const CAPACITY = 50_000;
const MAX_TRIES = 10;
const UNKNOWN: Known = { run: runDecider.initial, version: 0 };

export class RunBook {
  private readonly known = new Map<RunId, Known>();

  constructor(
    private readonly log: Pick<EventLog, 'append' | 'readStreams'>,
    private readonly reactors: readonly RunReactor[],
  ) {}

  /** One answer for each order, in order. @throws LogUnavailable; asking again is safe. */
  async carryOut(orders: readonly RunOrder[]): Promise<(CommittedRun | Refused)[]> {
    await this.load(orders.map(({ runId }) => runId).filter((runId) => !this.known.has(runId)));
    const answers = await Promise.all(orders.map((order) => this.carryOutOne(order)));
    this.publish(answers.filter((answer): answer is CommittedRun => !isRefused(answer)));
    return answers;
  }

  /** Takes in runs that were committed by somebody else: a new run together with its idempotency key. */
  admit(committed: readonly CommittedRun[]): void {
    for (const { runId, run, events } of committed) this.remember(runId, { run, version: events.length });
    this.publish(committed);
  }

  private async carryOutOne(order: RunOrder): Promise<CommittedRun | Refused> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const answer = await this.tryOnce(order);
      if (answer !== 'conflict') return answer;
      await this.load([order.runId]);
    }
    throw new Error(`run ${order.runId} was written by others ${MAX_TRIES} times in a row`);
  }

  private async tryOnce({ runId, commands, actor, lane }: RunOrder): Promise<CommittedRun | Refused | 'conflict'> {
    const { run, version } = this.known.get(runId) ?? UNKNOWN;
    if (lane !== undefined && run.lane !== lane) return { runId, run, events: [] };
    const decision = decideAll(commands, run);
    if (isRefused(decision)) return decision;
    const { events, after } = decision;
    if (events.length === 0) return { runId, run, events };
    const append = {
      category: 'run',
      stream: streamOf('run', runId),
      expectedVersion: version,
      events,
      meta: { actor },
    } as const;
    if ((await this.log.append([append])) === 'conflict') return 'conflict';
    this.remember(runId, { run: after, version: version + events.length });
    return { runId, run: after, events };
  }

  private async load(runIds: readonly RunId[]): Promise<void> {
    if (runIds.length === 0) return;
    const streams = await this.log.readStreams(runIds.map((runId) => streamOf('run', runId)));
    for (const runId of runIds) {
      const recorded = streams.get(streamOf('run', runId)) ?? [];
      const run = fold(
        runDecider,
        recorded.map(({ event }) => event as RunEvent),
      );
      this.remember(runId, { run, version: recorded.length });
    }
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
