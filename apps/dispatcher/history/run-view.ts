/** A run as callers see it: a fold of its own events. */
import { type AwaitedRun, type RunAccepted, type RunEvent, type RunId, type RunView } from '#contracts';

/** @param events all events of the run's stream, at least one. */
export function runViewOf(runId: RunId, events: readonly RunEvent[]): RunView {
  return { ...awaitedRunOf(runId, events), arguments: (events[0] as RunAccepted).arguments };
}

/** @param events all events of the run's stream, at least one. */
export function awaitedRunOf(runId: RunId, [first, ...rest]: readonly RunEvent[]): AwaitedRun {
  if (first?.type !== 'RunAccepted') throw new Error(`the stream of run ${runId} does not begin with RunAccepted`);
  return rest.reduce(evolveView, {
    runId,
    task: first.task,
    taskVersion: first.taskVersion,
    queue: first.queue,
    deploymentId: first.deploymentId,
    status: 'waiting',
    priority: first.priority,
    attempt: 0,
    acceptedAt: first.at,
    startedAt: null,
    finishedAt: null,
    notBefore: first.notBefore,
    result: null,
    error: null,
    progress: null,
    failures: [],
    cancelRequested: false,
    idempotencyKey: first.idempotencyKey,
    scheduleId: first.scheduleId,
    retryOf: first.retryOf,
  });
}

export function evolveView(view: AwaitedRun, event: RunEvent): AwaitedRun {
  switch (event.type) {
    case 'RunAccepted':
    case 'RunLogged':
    case 'RunLateOutcomeIgnored':
      return view;
    case 'RunStarted':
      return {
        ...view,
        status: 'running',
        attempt: event.attempt,
        startedAt: view.startedAt ?? event.at,
        notBefore: null,
      };
    case 'RunProgressed':
      return { ...view, progress: { fraction: event.fraction, message: event.message } };
    case 'RunAttemptFailed': {
      const { attempt, reason, error, at, retryAt } = event;
      return {
        ...view,
        status: 'waiting',
        notBefore: retryAt,
        error,
        progress: null,
        failures: [...view.failures, { attempt, reason, error, at }],
      };
    }
    case 'RunCancelRequested':
      return { ...view, cancelRequested: true };
    case 'RunSucceeded':
      return { ...finished(view, event.at), status: 'succeeded', result: event.result, error: null };
    case 'RunFailed':
      return { ...finished(view, event.at), status: 'failed', error: event.error };
    case 'RunTimedOut':
      return { ...finished(view, event.at), status: 'timed-out', error: event.error };
    case 'RunDeadLettered':
      return { ...finished(view, event.at), status: 'dead-lettered', error: event.error };
    case 'RunCancelled':
      return { ...finished(view, event.at), status: 'cancelled', cancelRequested: true };
  }
}

function finished(view: AwaitedRun, at: number): AwaitedRun {
  return { ...view, finishedAt: at, notBefore: null };
}
