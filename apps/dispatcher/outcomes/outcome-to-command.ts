/** Translates what workers and Redis report into commands for runs. */
import { type OutcomeEntry } from '#queue';
import { type AttemptOutcome, type RunCommand } from '../run/run.commands.js';

/** @param chance 0 to 1, for the jitter of a retry. */
export function commandFor(entry: OutcomeEntry, attempt: number, chance: number): RunCommand[] {
  const { at, worker, late } = entry;
  if (entry.endsLease) {
    const { message: ending } = entry;
    const ranMs = 'durationMs' in ending ? ending.durationMs : 0;
    return [{ type: 'RecordOutcome', at, attempt, worker, late, chance, ranMs, outcome: outcomeOf(ending) }];
  }
  const { message } = entry;
  switch (message.kind) {
    case 'started':
      return [{ type: 'RecordStart', at, attempt, worker }];
    case 'progressed':
      return [{ type: 'RecordProgress', at, attempt, worker, fraction: message.fraction, message: message.message }];
    case 'logged':
      return [{ type: 'RecordLog', at, attempt, worker, lines: message.lines }];
    case 'malformed':
      return [];
  }
}

type Ending = Extract<OutcomeEntry, { endsLease: true }>['message'];

function outcomeOf(message: Ending): AttemptOutcome {
  switch (message.kind) {
    case 'succeeded':
      return { kind: 'succeeded', result: message.result, durationMs: message.durationMs };
    case 'failed':
      return { kind: 'failed', error: message.error, retryable: message.retryable };
    case 'timed-out':
      return { kind: 'timed-out', limit: message.limit, limitMs: message.limitMs };
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'crashed':
      return { kind: 'crashed', detail: message.detail };
    case 'lost':
      return { kind: 'lost' };
    case 'malformed':
      // The lease is gone and no other outcome will come, so the attempt must end: as a crash of the worker that wrote it.
      return { kind: 'crashed', detail: `the worker reported something unreadable: ${message.reason}` };
  }
}
