/**
 * Accepts runs: each becomes a RunAccepted, with the use of its idempotency key in the same commit.
 * A new run needs no read before its write: its stream must not exist yet. Only a conflict is looked into.
 */
import { createHash } from 'node:crypto';
import { type IdempotencyEvent, type Refused, refuse, type RunAcceptance, type RunId, streamOf } from '#contracts';
import { type EventLog, LogUnavailable, type StreamAppend } from '#event-store';
import { type Clock, momentOfId } from '#lifecycle';
import { acceptedRun, appendOfNewRun } from './accepted-run.js';
import { type CommittedRun } from './committed-run.js';
import { type RunBook } from './run-book.js';
import { type RunsAhead } from './runs-ahead.js';

export interface AcceptedRun {
  readonly runId: RunId;
  /** The run existed before: sent again, or made by the same idempotency key. */
  readonly repeated: boolean;
}

/** A run whose id is older may have been sent before. */
const NEW_MS = 50;
/** Runs ahead of the log at one time: under load, those that come together share commits, which costs less. */
const MOST_AHEAD = 2;

export class RunAcceptor {
  /** While it does not answer nothing goes ahead of it: a task would run for a caller who hears that it was not accepted. */
  private logAnswers = true;

  constructor(
    private readonly log: EventLog,
    private readonly book: RunBook,
    private readonly ahead: RunsAhead,
    private readonly clock: Clock,
  ) {}

  /** Answers once all are committed. @throws LogUnavailable; sending again is safe. */
  async accept(acceptances: readonly RunAcceptance[], actor: string): Promise<(AcceptedRun | Refused)[]> {
    const at = this.clock.now();
    const [only] = acceptances;
    if (acceptances.length === 1 && this.mayRunAhead(only!, at)) return [await this.acceptAhead(only!, { actor, at })];
    const decided = acceptances.map((acceptance) => acceptedRun(acceptance, at));
    const answers = await this.answerOf(
      this.log.appendAll(acceptances.map((acceptance, n) => appendsFor(acceptance, decided[n]!, { actor, at }))),
    );
    this.book.admit(decided.filter((_, n) => answers[n] === 'appended'));
    if (!answers.includes('conflict')) return acceptances.map(({ runId }) => ({ runId, repeated: false }));
    return Promise.all(
      acceptances.map((acceptance, n) =>
        answers[n] === 'conflict' ? this.lookInto(acceptance, actor) : { runId: acceptance.runId, repeated: false },
      ),
    );
  }

  /** One that somebody waits for, and that nobody can have sent before: what is sent again may have run already. */
  private mayRunAhead({ runId, waiter, idempotencyKey, notBefore }: RunAcceptance, at: number): boolean {
    if (!this.logAnswers || waiter === null || idempotencyKey !== null || notBefore !== null) return false;
    return Math.abs(at - momentOfId(runId)) < NEW_MS && this.book.heldRuns < MOST_AHEAD;
  }

  private async acceptAhead(acceptance: RunAcceptance, by: { actor: string; at: number }): Promise<AcceptedRun> {
    const { runId } = acceptance;
    this.ahead.push(acceptance, by);
    const answer = await this.answerOf(this.book.hold(acceptedRun(acceptance, by.at), by.actor));
    this.ahead.written(runId);
    return { runId, repeated: answer === 'conflict' };
  }

  private async answerOf<T>(append: Promise<T>): Promise<T> {
    try {
      const answer = await append;
      this.logAnswers = true;
      return answer;
    } catch (error) {
      if (error instanceof LogUnavailable) this.logAnswers = false;
      throw error;
    }
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

function appendsFor(
  acceptance: RunAcceptance,
  accepted: CommittedRun,
  { actor, at }: { actor: string; at: number },
): StreamAppend[] {
  const { runId, idempotencyKey } = acceptance;
  const run = appendOfNewRun(accepted, actor);
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
