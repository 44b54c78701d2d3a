import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefused, RunAcceptance, type RunEvent, RunPolicies, type RunPoliciesInput } from '#contracts';
import { fold } from '#event-store';
import { type AttemptOutcome, type RunCommand } from './run.commands.js';
import { runDecider } from './run.decider.js';
import { isFinished } from './run.js';

const AT = 1_760_000_000_000;
const error = { type: 'ValueError', message: 'no', traceback: null };
const acceptance = (policies: RunPoliciesInput = {}) =>
  RunAcceptance.parse({
    runId: '0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e',
    task: 'word_stats',
    taskVersion: 1,
    queue: 'default',
    lane: 'default',
    deploymentId: null,
    arguments: { text: 'a' },
    policies: RunPolicies.parse(policies),
  });
const accepted = (policies: RunPoliciesInput = {}): RunEvent => {
  const [event] = runDecider.decide(
    { type: 'AcceptRun', at: AT, acceptance: acceptance(policies) },
    runDecider.initial,
  ) as RunEvent[];
  return event!;
};
const started = (attempt: number): RunEvent => ({ type: 'RunStarted', at: AT, attempt, worker: 'w' });
const outcome = (attempt: number, what: AttemptOutcome, late = false): RunCommand => ({
  type: 'RecordOutcome',
  at: AT,
  attempt,
  worker: 'w',
  outcome: what,
  ranMs: 0,
  late,
  chance: 1,
});
const succeeded: AttemptOutcome = { kind: 'succeeded', result: 3, durationMs: 1 };
const failed: AttemptOutcome = { kind: 'failed', error, retryable: true };

function given(...events: RunEvent[]) {
  const decide = (command: RunCommand) => runDecider.decide(command, fold(runDecider, events));
  return {
    when: (command: RunCommand) => ({
      then: (...expected: object[]) => expect(decide(command)).toMatchObject(expected),
      thenNothing: () => expect(decide(command)).toEqual([]),
      thenRefused: (code: string) => {
        const answer = decide(command);
        expect(isRefused(answer) && answer.refusal.code).toBe(code);
      },
    }),
  };
}

describe('a run', () => {
  it('is accepted once', () => {
    given()
      .when({ type: 'AcceptRun', at: AT, acceptance: acceptance() })
      .then({ type: 'RunAccepted', task: 'word_stats' });
    given(accepted()).when({ type: 'AcceptRun', at: AT, acceptance: acceptance() }).thenNothing();
  });

  it('succeeds', () => {
    given(accepted(), started(1)).when(outcome(1, succeeded)).then({ type: 'RunSucceeded', attempt: 1, result: 3 });
  });

  it('is known to have started when its outcome comes before word of the start', () => {
    given(accepted()).when(outcome(1, succeeded)).then({ type: 'RunStarted', attempt: 1 }, { type: 'RunSucceeded' });
  });

  it('has started as long ago as its worker says, but no longer than it may run', () => {
    const after = (ranMs: number) => ({ ...outcome(1, succeeded), at: 9_000_000, ranMs }) as RunCommand;
    const run = accepted({ hardLimitMs: 20_000, softLimitMs: 10_000 });
    given(run)
      .when(after(1_500.2))
      .then({ type: 'RunStarted', at: 8_998_499 }, { type: 'RunSucceeded', at: 9_000_000 });
    given(run).when(after(1e300)).then({ type: 'RunStarted', at: 8_980_000 }, { type: 'RunSucceeded', at: 9_000_000 });
  });

  it('is known to have started when its progress comes before word of the start', () => {
    const progress: RunCommand = {
      type: 'RecordProgress',
      at: AT,
      attempt: 1,
      worker: 'w',
      fraction: 0.5,
      message: null,
    };
    given(accepted()).when(progress).then({ type: 'RunStarted', attempt: 1 }, { type: 'RunProgressed', fraction: 0.5 });
    given(accepted(), started(1)).when(progress).then({ type: 'RunProgressed' });
    given(accepted())
      .when({ ...progress, attempt: 2 })
      .thenNothing();
  });

  it('starts each attempt once', () => {
    const start: RunCommand = { type: 'RecordStart', at: AT, attempt: 1, worker: 'w' };
    given(accepted()).when(start).then({ type: 'RunStarted', attempt: 1 });
    given(accepted(), started(1)).when(start).thenNothing();
    given(accepted())
      .when({ ...start, attempt: 2 })
      .thenNothing();
  });

  it('fails at once when its task allows one attempt', () => {
    given(accepted(), started(1))
      .when(outcome(1, failed))
      .then({ type: 'RunAttemptFailed', retryAt: null }, { type: 'RunFailed', reason: 'raised' });
  });

  it('is tried again after the backoff', () => {
    const policies: RunPoliciesInput = {
      maxAttempts: 3,
      backoff: { kind: 'exponential', delayMs: 100, maxDelayMs: 150 },
    };
    given(accepted(policies), started(1))
      .when(outcome(1, failed))
      .then({ type: 'RunAttemptFailed', attempt: 1, retryAt: AT + 100 });
  });

  it('is dead-lettered once the last attempt has failed', () => {
    const first: RunEvent = { type: 'RunAttemptFailed', at: AT, attempt: 1, reason: 'raised', error, retryAt: AT };
    given(accepted({ maxAttempts: 2 }), started(1), first, started(2))
      .when(outcome(2, failed))
      .then(
        { type: 'RunAttemptFailed', attempt: 2, retryAt: null },
        { type: 'RunDeadLettered', reason: 'attempts-exhausted' },
      );
  });

  it('is not tried again when the error says that this is no use', () => {
    given(accepted({ maxAttempts: 5 }), started(1))
      .when(outcome(1, { ...failed, retryable: false }))
      .then({ type: 'RunAttemptFailed', retryAt: null }, { type: 'RunFailed', reason: 'not-retryable' });
  });

  it('goes to another worker at once when its worker is lost, without using up an attempt of its own', () => {
    given(accepted(), started(1))
      .when(outcome(1, { kind: 'lost' }))
      .then({ type: 'RunAttemptFailed', reason: 'worker-lost', retryAt: AT });
    const lost: RunEvent = { type: 'RunAttemptFailed', at: AT, attempt: 1, reason: 'worker-lost', error, retryAt: AT };
    given(accepted(), started(1), lost, started(2))
      .when(outcome(2, failed))
      .then({ reason: 'raised' }, { type: 'RunFailed' });
  });

  it('is dead-lettered when it has crashed its workers too often', () => {
    given(accepted({ maxCrashes: 1 }), started(1))
      .when(outcome(1, { kind: 'crashed', detail: 'exit code 139' }))
      .then(
        { type: 'RunAttemptFailed', reason: 'crashed', retryAt: null },
        { type: 'RunDeadLettered', reason: 'crashes-exhausted' },
      );
  });

  it('times out without another try, unless its task wants one', () => {
    const hard: AttemptOutcome = { kind: 'timed-out', limit: 'hard', limitMs: 600_000 };
    given(accepted({ maxAttempts: 3 }), started(1))
      .when(outcome(1, hard))
      .then({ retryAt: null }, { type: 'RunTimedOut', limit: 'hard' });
    given(accepted({ maxAttempts: 3, retryTimeouts: true }), started(1))
      .when(outcome(1, hard))
      .then({ type: 'RunAttemptFailed', reason: 'timed-out' });
  });

  it('does not count an attempt that was lost with its queue', () => {
    const lose: RunCommand = { type: 'RecordQueueLoss', at: AT, attempt: 1 };
    given(accepted({ maxCrashes: 1 }), started(1))
      .when(lose)
      .then({ type: 'RunAttemptFailed', reason: 'queue-lost', retryAt: AT });
    given(accepted()).when(lose).thenNothing();
  });

  it('takes the outcome of the current attempt even when the lease has run out', () => {
    given(accepted(), started(1))
      .when(outcome(1, succeeded, true))
      .then({ type: 'RunSucceeded' });
  });

  it('notes a late outcome of an earlier attempt once, and never applies it', () => {
    const lost: RunEvent = { type: 'RunAttemptFailed', at: AT, attempt: 1, reason: 'worker-lost', error, retryAt: AT };
    const history = [accepted(), started(1), lost, started(2)];
    given(...history)
      .when(outcome(1, succeeded, true))
      .then({ type: 'RunLateOutcomeIgnored', attempt: 1 });
    given(...history, { type: 'RunLateOutcomeIgnored', at: AT, attempt: 1, worker: 'w', kind: 'succeeded' })
      .when(outcome(1, succeeded, true))
      .thenNothing();
  });

  it('takes a report that comes twice for the same report', () => {
    given(accepted(), started(1), { type: 'RunSucceeded', at: AT, attempt: 1, result: 3, durationMs: 1 })
      .when(outcome(1, succeeded))
      .thenNothing();
  });

  it('ignores outcomes of attempts that were never made', () => {
    given(accepted(), started(1)).when(outcome(7, succeeded)).thenNothing();
    given().when(outcome(1, succeeded)).thenNothing();
  });

  describe('cancelled', () => {
    const cancel: RunCommand = { type: 'CancelRun', at: AT, by: 'key:a', reason: null };

    it('while waiting, ends at once', () => given(accepted()).when(cancel).then({ type: 'RunCancelled', by: 'key:a' }));

    it('while running, asks the worker first', () => {
      given(accepted(), started(1)).when(cancel).then({ type: 'RunCancelRequested' });
      const requested: RunEvent = { type: 'RunCancelRequested', at: AT, by: 'key:a', reason: 'why' };
      given(accepted(), started(1), requested).when(cancel).thenNothing();
      given(accepted(), started(1), requested)
        .when(outcome(1, { kind: 'cancelled' }))
        .then({ type: 'RunCancelled', by: 'key:a', reason: 'why' });
      given(accepted(), started(1), requested)
        .when(outcome(1, { kind: 'lost' }))
        .then({ retryAt: null }, { type: 'RunCancelled' });
      given(accepted(), started(1), requested).when(outcome(1, succeeded)).then({ type: 'RunSucceeded' });
    });

    it('after its end, is refused; twice, is fine', () => {
      given(accepted(), started(1), { type: 'RunSucceeded', at: AT, attempt: 1, result: 3, durationMs: 1 })
        .when(cancel)
        .thenRefused('run.already-finished');
      given(accepted(), { type: 'RunCancelled', at: AT, by: 'x', reason: null }).when(cancel).thenNothing();
      given().when(cancel).thenRefused('run.unknown');
    });
  });

  it('has at most one terminal outcome, whatever is reported in whatever order', () => {
    const outcomes = fc.constantFrom<AttemptOutcome>(
      succeeded,
      failed,
      { kind: 'lost' },
      { kind: 'cancelled' },
      { kind: 'crashed', detail: 'x' },
      { kind: 'timed-out', limit: 'hard', limitMs: 1 },
    );
    const attempt = fc.integer({ min: 1, max: 4 });
    const commands = fc.oneof(
      attempt.map((n): RunCommand => ({ type: 'RecordStart', at: AT, attempt: n, worker: 'w' })),
      fc.tuple(attempt, outcomes, fc.boolean()).map(([n, what, late]) => outcome(n, what, late)),
      attempt.map((n): RunCommand => ({ type: 'RecordQueueLoss', at: AT, attempt: n })),
      fc.constant<RunCommand>({ type: 'CancelRun', at: AT, by: 'x', reason: null }),
    );
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 40 }), (sequence) => {
        const events: RunEvent[] = [accepted({ maxAttempts: 3, maxCrashes: 3 })];
        let ends = 0;
        for (const command of sequence) {
          const before = fold(runDecider, events);
          const decided = runDecider.decide(command, before);
          if (isRefused(decided)) continue;
          if (isFinished(before)) expect(decided.every(({ type }) => type === 'RunLateOutcomeIgnored')).toBe(true);
          for (const event of decided) events.push(event);
          if (!isFinished(before) && isFinished(fold(runDecider, events))) ends += 1;
        }
        expect(ends).toBeLessThanOrEqual(1);
        expect(events.filter(({ type }) => type === 'RunStarted').length).toBeLessThanOrEqual(10);
      }),
    );
  });
});
