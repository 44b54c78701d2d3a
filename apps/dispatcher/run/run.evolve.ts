import { type Lane, type RunEvent, RunPolicies } from '#contracts';
import { type Run } from './run.js';

export const absentRun: Run = {
  status: 'absent',
  lane: '' as Lane,
  priority: 0,
  policies: RunPolicies.parse({}),
  waiter: null,
  notBefore: null,
  attempt: 0,
  ended: 0,
  errors: 0,
  crashes: 0,
  cancel: null,
  ignored: [],
};

export function evolveRun(run: Run, event: RunEvent): Run {
  switch (event.type) {
    case 'RunAccepted': {
      const { lane, priority, policies, waiter, notBefore } = event;
      return { ...absentRun, status: 'waiting', lane, priority, policies, waiter, notBefore };
    }
    case 'RunStarted':
      return { ...run, status: 'running', attempt: event.attempt };
    case 'RunProgressed':
    case 'RunLogged':
      return run;
    case 'RunAttemptFailed':
      return {
        ...run,
        status: 'waiting',
        attempt: event.attempt,
        ended: event.attempt,
        notBefore: event.retryAt,
        errors: run.errors + (event.reason === 'raised' || event.reason === 'timed-out' ? 1 : 0),
        crashes: run.crashes + (event.reason === 'crashed' || event.reason === 'worker-lost' ? 1 : 0),
      };
    case 'RunCancelRequested':
      return { ...run, cancel: { by: event.by, reason: event.reason } };
    case 'RunLateOutcomeIgnored':
      return { ...run, ignored: [...run.ignored, event.attempt] };
    case 'RunSucceeded':
      return { ...run, status: 'succeeded', ended: event.attempt };
    case 'RunFailed':
      return { ...run, status: 'failed', ended: event.attempt };
    case 'RunTimedOut':
      return { ...run, status: 'timed-out', ended: event.attempt };
    case 'RunDeadLettered':
      return { ...run, status: 'dead-lettered', ended: event.attempt };
    case 'RunCancelled':
      return { ...run, status: 'cancelled' };
  }
}
