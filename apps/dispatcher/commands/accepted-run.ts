/** How a run begins: what the log is told of it. */
import { isRefused, type RunAcceptance, type RunEvent, streamOf } from '#contracts';
import { type StreamAppend } from '#event-store';
import { awaitedRunOf } from '../history/run-view.js';
import { runDecider } from '../run/run.decider.js';
import { type CommittedRun } from './committed-run.js';

/** As it will be once it is committed. */
export function acceptedRun(acceptance: RunAcceptance, at: number): CommittedRun {
  const events = runDecider.decide({ type: 'AcceptRun', at, acceptance }, runDecider.initial);
  if (isRefused(events)) throw new Error('a new run is never refused');
  const { runId } = acceptance;
  const run = events.reduce(runDecider.evolve, runDecider.initial);
  return { runId, run, events, view: run.waiter === null ? null : awaitedRunOf(runId, events) };
}

export function appendOfNewRun({ runId, events }: CommittedRun, actor: string): StreamAppend<RunEvent> {
  return { category: 'run', stream: streamOf('run', runId), expectedVersion: 0, events, meta: { actor } };
}
