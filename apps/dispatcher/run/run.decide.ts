/** Every rule about runs: what may happen when, and what follows from it. */
import {
  refuse,
  type AttemptFailure,
  type Refused,
  type RunAcceptance,
  type RunError,
  type RunEvent,
} from '#contracts';
import { retryDelayAfterCrash, retryDelayAfterError } from './retry-policy.js';
import { type AttemptOutcome, type CancelRun, type RecordOutcome, type RunCommand } from './run.commands.js';
import { currentAttempt, isFinished, type Run } from './run.js';

export function decideRun(command: RunCommand, run: Run): RunEvent[] | Refused {
  switch (command.type) {
    case 'AcceptRun':
      return run.status === 'absent' ? [accepted(command.acceptance, command.at)] : [];
    case 'RecordStart':
      return mayStart(command.attempt, run) ? [startOf(command)] : [];
    case 'RecordProgress': {
      const { at, attempt, fraction, message } = command;
      return whileUnderWay(command, run, { type: 'RunProgressed', at, attempt, fraction, message });
    }
    case 'RecordLog':
      return whileUnderWay(command, run, {
        type: 'RunLogged',
        at: command.at,
        attempt: command.attempt,
        lines: command.lines,
      });
    case 'RecordOutcome':
      return recordOutcome(command, run);
    case 'RecordQueueLoss':
      return recordQueueLoss(command, run);
    case 'CancelRun':
      return cancelRun(command, run);
  }
}

function accepted(acceptance: RunAcceptance, at: number): RunEvent {
  return { type: 'RunAccepted', at, ...omitRunId(acceptance) };
}

/** The id is the stream's name already. */
function omitRunId(acceptance: RunAcceptance): Omit<RunAcceptance, 'runId'> {
  const { task, taskVersion, queue, lane, deploymentId, arguments: args, priority, notBefore, policies } = acceptance;
  const { waiter, idempotencyKey, scheduleId, retryOf } = acceptance;
  return {
    task,
    taskVersion,
    queue,
    lane,
    deploymentId,
    arguments: args,
    priority,
    notBefore,
    policies,
    waiter,
    idempotencyKey,
    scheduleId,
    retryOf,
  };
}

function mayStart(attempt: number, run: Run): boolean {
  return run.status === 'waiting' && attempt === currentAttempt(run);
}

/** Word of the start may come after word of what followed: another dispatcher may be recording it. */
function whileUnderWay(report: { at: number; attempt: number; worker: string }, run: Run, event: RunEvent): RunEvent[] {
  if (isUnderWay(report.attempt, run)) return [event];
  return mayStart(report.attempt, run) ? [startOf(report), event] : [];
}

function startOf({ at, attempt, worker }: { at: number; attempt: number; worker: string }): RunEvent {
  return { type: 'RunStarted', at, attempt, worker };
}

function isUnderWay(attempt: number, run: Run): boolean {
  return run.status === 'running' && attempt === run.attempt;
}

function cancelRun({ at, by, reason }: CancelRun, run: Run): RunEvent[] | Refused {
  if (run.status === 'absent') return refuse('run.unknown', 'There is no run with this id, so it cannot be cancelled');
  if (run.status === 'cancelled') return []; // cancelling twice is not an error
  if (isFinished(run))
    return refuse('run.already-finished', `The run has already ${run.status}; there is nothing left to cancel`);
  if (run.status === 'waiting') return [{ type: 'RunCancelled', at, by, reason }];
  return run.cancel ? [] : [{ type: 'RunCancelRequested', at, by, reason }];
}

/** The job has vanished with its queue: the attempt is over, and counts neither as an error nor as a crash. */
function recordQueueLoss({ at, attempt }: { at: number; attempt: number }, run: Run): RunEvent[] {
  if (!isUnderWay(attempt, run)) return [];
  const error = { type: 'QueueLost', message: 'The queue lost the job while it was running', traceback: null };
  if (run.cancel)
    return [attemptFailed({ at, attempt, reason: 'queue-lost', error, retryAt: null }), cancelled(at, run)];
  return [attemptFailed({ at, attempt, reason: 'queue-lost', error, retryAt: at })];
}

/**
 * The log decides what an outcome is worth, not the lease: an outcome for the current attempt counts even when its lease has just run out; one for
 * an attempt whose end is on record never does.
 */
function recordOutcome(command: RecordOutcome, run: Run): RunEvent[] {
  const { attempt } = command;
  if (run.status === 'absent') return [];
  if (attempt <= run.ended || isFinished(run)) return ignoreLate(command, run);
  if (attempt !== currentAttempt(run)) return [];
  const started: RunEvent[] = run.status === 'waiting' ? [startBefore(command, run)] : [];
  return [...started, ...endAttempt(command, run)];
}

/** Of an attempt that ended before anybody told of its start, as most do. A worker may say what it likes, but no attempt runs longer than it may. */
function startBefore({ at, attempt, worker, ranMs }: RecordOutcome, { policies }: Run): RunEvent {
  return startOf({ at: at - Math.ceil(Math.min(ranMs, policies.hardLimitMs)), attempt, worker });
}

/** A report of a held lease that comes twice is the same report; only one without a lease is worth a note. */
function ignoreLate({ at, attempt, worker, outcome, late }: RecordOutcome, run: Run): RunEvent[] {
  if (!late || run.ignored.includes(attempt)) return [];
  return [{ type: 'RunLateOutcomeIgnored', at, attempt, worker, kind: outcome.kind }];
}

function endAttempt(command: RecordOutcome, run: Run): RunEvent[] {
  const { at, attempt, outcome } = command;
  if (outcome.kind === 'succeeded')
    return [{ type: 'RunSucceeded', at, attempt, result: outcome.result, durationMs: outcome.durationMs }];
  if (outcome.kind === 'cancelled') return [cancelled(at, run)];
  const failure = failureOf(outcome, command.worker);
  if (run.cancel) return [attemptFailed({ at, attempt, ...failure, retryAt: null }), cancelled(at, run)];
  const delay = retryDelay(command, run);
  if (delay !== null) return [attemptFailed({ at, attempt, ...failure, retryAt: at + delay })];
  return [attemptFailed({ at, attempt, ...failure, retryAt: null }), giveUp(command, failure.error, run)];
}

function retryDelay({ outcome, chance }: RecordOutcome, run: Run): number | null {
  const { policies } = run;
  switch (outcome.kind) {
    case 'failed':
      return outcome.retryable ? retryDelayAfterError(policies, { failed: run.errors + 1, chance }) : null;
    case 'timed-out':
      return policies.retryTimeouts ? retryDelayAfterError(policies, { failed: run.errors + 1, chance }) : null;
    case 'crashed':
      return retryDelayAfterCrash(policies, 'crashed', { failed: run.crashes + 1, chance });
    case 'lost':
      return retryDelayAfterCrash(policies, 'worker-lost', { failed: run.crashes + 1, chance });
    case 'succeeded':
    case 'cancelled':
      return null;
  }
}

function giveUp({ at, attempt, outcome }: RecordOutcome, error: RunError, run: Run): RunEvent {
  if (outcome.kind === 'timed-out' && !run.policies.retryTimeouts) {
    return { type: 'RunTimedOut', at, attempt, limit: outcome.limit, limitMs: outcome.limitMs, error };
  }
  if (outcome.kind === 'crashed' || outcome.kind === 'lost') {
    return { type: 'RunDeadLettered', at, attempt, reason: 'crashes-exhausted', error };
  }
  if (outcome.kind === 'failed' && !outcome.retryable)
    return { type: 'RunFailed', at, attempt, reason: 'not-retryable', error };
  if (run.policies.maxAttempts > 1)
    return { type: 'RunDeadLettered', at, attempt, reason: 'attempts-exhausted', error };
  return { type: 'RunFailed', at, attempt, reason: outcome.kind === 'timed-out' ? 'timed-out' : 'raised', error };
}

type Failing = Exclude<AttemptOutcome, { kind: 'succeeded' | 'cancelled' }>;

function failureOf(outcome: Failing, worker: string): { reason: AttemptFailure; error: RunError } {
  switch (outcome.kind) {
    case 'failed':
      return { reason: 'raised', error: outcome.error };
    case 'timed-out': {
      const message = `The task ran into its ${outcome.limit} time limit of ${outcome.limitMs} ms`;
      return { reason: 'timed-out', error: { type: 'TimeLimitExceeded', message, traceback: null } };
    }
    case 'crashed':
      return { reason: 'crashed', error: { type: 'WorkerCrashed', message: outcome.detail, traceback: null } };
    case 'lost': {
      const message = `Worker ${worker} was lost: no heartbeat within the lease`;
      return { reason: 'worker-lost', error: { type: 'WorkerLost', message, traceback: null } };
    }
  }
}

function attemptFailed(event: Omit<Extract<RunEvent, { type: 'RunAttemptFailed' }>, 'type'>): RunEvent {
  return { type: 'RunAttemptFailed', ...event };
}

function cancelled(at: number, run: Run): RunEvent {
  return { type: 'RunCancelled', at, by: run.cancel?.by ?? 'worker', reason: run.cancel?.reason ?? null };
}
