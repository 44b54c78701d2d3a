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
      return { ...view, status: 'succeeded', finishedAt: event.at, notBefore: null, result: event.result, error: null };
    case 'RunFailed':
      return { ...view, status: 'failed', finishedAt: event.at, notBefore: null, error: event.error };
    case 'RunTimedOut':
      return { ...view, status: 'timed-out', finishedAt: event.at, notBefore: null, error: event.error };
    case 'RunDeadLettered':
      return { ...view, status: 'dead-lettered', finishedAt: event.at, notBefore: null, error: event.error };
    case 'RunCancelled':
      return { ...view, status: 'cancelled', finishedAt: event.at, notBefore: null, cancelRequested: true };
  }
}
