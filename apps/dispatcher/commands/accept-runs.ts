/**
 * Accepts runs: each becomes a RunAccepted, with the use of its idempotency key in the same commit.
 * A new run needs no read before its write: its stream must not exist yet. Only a conflict is looked into.
 */
import { createHash } from 'node:crypto';
import {
  type IdempotencyEvent,
  isRefused,
  type Refused,
  refuse,
  type RunAcceptance,
  type RunEvent,
  type RunId,
  streamOf,
} from '#contracts';
import { type EventLog, type StreamAppend } from '#event-store';
import { type Clock } from '#lifecycle';
import { awaitedRunOf } from '../history/run-view.js';
import { runDecider } from '../run/run.decider.js';
import { type CommittedRun, type RunBook } from './run-book.js';

export interface AcceptedRun {
  readonly runId: RunId;
  /** The run existed before: sent again, or made by the same idempotency key. */
  readonly repeated: boolean;
}

export class RunAcceptor {
  constructor(
    private readonly log: EventLog,
    private readonly book: RunBook,
    private readonly clock: Clock,
  ) {}

  /** Answers once all are committed. @throws LogUnavailable; sending again is safe. */
  async accept(acceptances: readonly RunAcceptance[], actor: string): Promise<(AcceptedRun | Refused)[]> {
    const at = this.clock.now();
    const decided = acceptances.map((acceptance) => acceptedRun(acceptance, at));
    const answers = await this.log.appendAll(
      acceptances.map((acceptance, n) => appendsFor(acceptance, decided[n]!.events, { actor, at })),
    );
    this.book.admit(decided.filter((_, n) => answers[n] === 'appended'));
    if (!answers.includes('conflict')) return acceptances.map(({ runId }) => ({ runId, repeated: false }));
    return Promise.all(
      acceptances.map((acceptance, n) =>
        answers[n] === 'conflict' ? this.lookInto(acceptance, actor) : { runId: acceptance.runId, repeated: false },
      ),
    );
  }

  /** The run or its key exists already: the same request gets the same run, another one is refused. */
  private async lookInto(acceptance: RunAcceptance, actor: string): Promise<AcceptedRun | Refused> {
    const key = acceptance.idempotencyKey;
    if (key === null) return { runId: acceptance.runId, repeated: true };
    const [used] = await this.log.readStream(streamOf('idempotency', idempotencyId(actor, key)));
    if (!used) return { runId: acceptance.runId, repeated: true };
    const { runId, requestHash } = used.event as IdempotencyEvent;
    if (requestHash === requestHashOf(acceptance)) return { runId, repeated: true };
    return refuse(
      'idempotency.conflict',
      `Idempotency key ${JSON.stringify(key)} was used before, with another request`,
      {
        hint: 'Use a new key for a new request, or send the very same request again.',
        details: { runId },
      },
    );
  }
}

function acceptedRun(acceptance: RunAcceptance, at: number): CommittedRun {
  const events = runDecider.decide({ type: 'AcceptRun', at, acceptance }, runDecider.initial);
  if (isRefused(events)) throw new Error('a new run is never refused');
  const { runId } = acceptance;
  const run = events.reduce(runDecider.evolve, runDecider.initial);
  return { runId, run, events, view: run.waiter === null ? null : awaitedRunOf(runId, events) };
}

function appendsFor(
  acceptance: RunAcceptance,
  events: readonly RunEvent[],
  { actor, at }: { actor: string; at: number },
): StreamAppend[] {
  const { runId, idempotencyKey } = acceptance;
  const run: StreamAppend = {
    category: 'run',
    stream: streamOf('run', runId),
    expectedVersion: 0,
    events,
    meta: { actor },
  };
  if (idempotencyKey === null) return [run];
  const used: IdempotencyEvent = { type: 'IdempotencyKeyUsed', at, runId, requestHash: requestHashOf(acceptance) };
  const stream = streamOf('idempotency', idempotencyId(actor, idempotencyKey));
  return [run, { category: 'idempotency', stream, expectedVersion: 0, events: [used], meta: { actor } }];
}

/** Keys of different callers never meet. */
function idempotencyId(actor: string, key: string): string {
  return sha256(`${actor}\n${key}`);
}

/** What makes two requests the same: the task, its arguments and how to run it; not the ids and versions that were chosen on the way. */
function requestHashOf({ task, arguments: args, priority, notBefore, queue }: RunAcceptance): string {
  return sha256(canonical({ task, args, priority, notBefore, queue }));
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
