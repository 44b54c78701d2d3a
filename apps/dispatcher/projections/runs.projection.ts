/** The view `runs`: one row a run, for lists, counts and the clocks. A batch of events becomes one insert and one update. */
import { type Category, type RunAccepted, type RunEvent, type RunStatus } from '#contracts';
import {
  int2Array,
  int4Array,
  int8Array,
  type Projection,
  type RecordedEvent,
  type Sql,
  textArray,
  uuidArray,
} from '#event-store';

/** What a batch says of one run; a null changes nothing. */
interface Change {
  accepted: RunAccepted | null;
  status: RunStatus;
  attempt: number | null;
  startedAt: number | null;
  finishedAt: number | null;
  /** Waiting for this moment; unlike the others, a null clears it. */
  notBefore: number | null;
}

export class RunsProjection implements Projection {
  readonly name = 'dispatcher.runs';
  readonly categories: readonly Category[] = ['run'];
  readonly tables = ['runs'];

  async apply(recorded: readonly RecordedEvent[], sql: Sql): Promise<void> {
    const changes = changesOf(recorded);
    const entries = [...changes];
    await insert(
      entries.filter(([, { accepted }]) => accepted !== null),
      sql,
    );
    await update(
      entries.filter(([, { accepted }]) => accepted === null),
      sql,
    );
  }
}

function changesOf(recorded: readonly RecordedEvent[]): Map<string, Change> {
  const changes = new Map<string, Change>();
  for (const { stream, event } of recorded) {
    const runId = stream.slice('run-'.length);
    const change = evolve(changes.get(runId), event as RunEvent);
    if (change) changes.set(runId, change);
  }
  return changes;
}

const untouched: Change = {
  accepted: null,
  status: 'waiting',
  attempt: null,
  startedAt: null,
  finishedAt: null,
  notBefore: null,
};

function evolve(change: Change | undefined, event: RunEvent): Change | undefined {
  const before = change ?? untouched;
  switch (event.type) {
    case 'RunAccepted':
      return { ...untouched, accepted: event, attempt: 0, notBefore: event.notBefore };
    case 'RunStarted':
      return {
        ...before,
        status: 'running',
        attempt: event.attempt,
        startedAt: before.startedAt ?? event.at,
        notBefore: null,
      };
    case 'RunAttemptFailed':
      return { ...before, status: 'waiting', attempt: event.attempt, notBefore: event.retryAt };
    case 'RunSucceeded':
      return finished(before, 'succeeded', event.at);
    case 'RunFailed':
      return finished(before, 'failed', event.at);
    case 'RunTimedOut':
      return finished(before, 'timed-out', event.at);
    case 'RunCancelled':
      return finished(before, 'cancelled', event.at);
    case 'RunDeadLettered':
      return finished(before, 'dead-lettered', event.at);
    case 'RunProgressed':
    case 'RunLogged':
    case 'RunCancelRequested':
    case 'RunLateOutcomeIgnored':
      return change;
  }
}

function finished(before: Change, status: RunStatus, at: number): Change {
  return { ...before, status, finishedAt: at, notBefore: null };
}

async function insert(entries: readonly [string, Change][], sql: Sql): Promise<void> {
  if (entries.length === 0) return;
  const column = <T>(value: (accepted: RunAccepted, change: Change) => T): T[] =>
    entries.map(([, change]) => value(change.accepted!, change));
  await sql.query(
    `INSERT INTO runs (run_id, task, task_version, queue, lane, deployment_id, priority, accepted_at, status, attempt, started_at, finished_at, not_before)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::uuid[], $7::smallint[], $8::bigint[],
       $9::text[], $10::int[], $11::bigint[], $12::bigint[], $13::bigint[])
       AS fresh (run_id, task, task_version, queue, lane, deployment_id, priority, accepted_at, status, attempt, started_at, finished_at, not_before)`,
    [
      uuidArray(entries.map(([runId]) => runId)),
      textArray(column(({ task }) => task)),
      int4Array(column(({ taskVersion }) => taskVersion)),
      textArray(column(({ queue }) => queue)),
      textArray(column(({ lane }) => lane)),
      uuidArray(column(({ deploymentId }) => deploymentId)),
      int2Array(column(({ priority }) => priority)),
      int8Array(column(({ at }) => at)),
      textArray(column((_, { status }) => status)),
      int4Array(column((_, { attempt }) => attempt)),
      int8Array(column((_, { startedAt }) => startedAt)),
      int8Array(column((_, { finishedAt }) => finishedAt)),
      int8Array(column((_, { notBefore }) => notBefore)),
    ],
  );
}

async function update(entries: readonly [string, Change][], sql: Sql): Promise<void> {
  if (entries.length === 0) return;
  const column = <T>(value: (change: Change) => T): T[] => entries.map(([, change]) => value(change));
  await sql.query(
    `UPDATE runs SET
       status = changed.status,
       attempt = coalesce(changed.attempt, runs.attempt),
       started_at = coalesce(runs.started_at, changed.started_at),
       finished_at = coalesce(changed.finished_at, runs.finished_at),
       not_before = changed.not_before
     FROM unnest($1::uuid[], $2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[])
       AS changed (run_id, status, attempt, started_at, finished_at, not_before)
     WHERE runs.run_id = changed.run_id`,
    [
      uuidArray(entries.map(([runId]) => runId)),
      textArray(column(({ status }) => status)),
      int4Array(column(({ attempt }) => attempt)),
      int8Array(column(({ startedAt }) => startedAt)),
      int8Array(column(({ finishedAt }) => finishedAt)),
      int8Array(column(({ notBefore }) => notBefore)),
    ],
  );
}
