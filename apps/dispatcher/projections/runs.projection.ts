/**
 * The view `runs`: one row a run, for lists, counts and the clocks. Every run passes here, so the view is worked out where its events are: the
 * dispatcher, which has just written them, need not read them back.
 */
import { type Category, type RunStatus, terminalRunEvents } from '#contracts';
import { type SqlProjection } from '#event-store';

/** How a run is that has ended. */
const statusAtEnd = {
  RunSucceeded: 'succeeded',
  RunFailed: 'failed',
  RunTimedOut: 'timed-out',
  RunCancelled: 'cancelled',
  RunDeadLettered: 'dead-lettered',
} as const satisfies Record<(typeof terminalRunEvents)[number], RunStatus>;

const ends = terminalRunEvents.map((type) => `'${type}'`).join(', ');
const endStatus = `CASE type ${terminalRunEvents.map((type) => `WHEN '${type}' THEN '${statusAtEnd[type]}'`).join(' ')} END`;

/** The moment that the event itself names, in milliseconds. */
const moment = "(date_part('epoch', at) * 1000)::bigint";

/**
 * An event without the characters that only JSON can write, NUL and halves of characters, of which Postgres would refuse to read even a neighbour. They
 * are in what agents and their code say; nothing that the view holds has any. A backslash that is itself escaped is kept with its escape.
 */
const readable = String.raw`CASE WHEN strpos(data::text, '\u') > 0
  THEN regexp_replace(data::text, '(\\\\)|\\u[0-9a-fA-F]{4}', '\1', 'g')::json ELSE data END`;

export class RunsProjection implements SqlProjection {
  readonly name = 'dispatcher.runs';
  readonly categories: readonly Category[] = ['run'];
  readonly tables = ['runs'];

  /**
   * `begun` are runs that were accepted, `steps` is what happened to runs that matters here, and `changes` is what came of it: a null leaves what the
   * row has, but for `not_before`, which only a run has that waits. Attempts are counted upwards, and a failure is the last of its attempt.
   */
  readonly fold = `
    begun AS (
      SELECT stream, ${moment} AS accepted_at, accepted.*
      FROM page, json_to_record(${readable}) AS accepted (
        task text, "taskVersion" int, queue text, lane text, "deploymentId" uuid, priority smallint, "notBefore" bigint
      )
      WHERE type = 'RunAccepted'
    ),
    steps AS (
      SELECT stream, type, ${moment} AS moment, ${endStatus} AS end_status,
        CASE WHEN type IN ('RunStarted', 'RunAttemptFailed') THEN ((${readable})->>'attempt')::int END AS attempt,
        CASE WHEN type = 'RunAttemptFailed' THEN ((${readable})->>'retryAt')::bigint END AS retry_at
      FROM page WHERE type IN ('RunStarted', 'RunAttemptFailed', ${ends})
    ),
    outlines AS (
      SELECT stream, max(end_status) AS end_status, max(attempt) AS attempt,
        max(attempt) FILTER (WHERE type = 'RunAttemptFailed') AS failed_attempt,
        min(moment) FILTER (WHERE type = 'RunStarted') AS started_at,
        max(moment) FILTER (WHERE end_status IS NOT NULL) AS finished_at,
        -- Of the last failure: they come in the order of the log.
        (array_agg(retry_at) FILTER (WHERE type = 'RunAttemptFailed'))[count(*) FILTER (WHERE type = 'RunAttemptFailed')] AS retry_at
      FROM steps GROUP BY stream
    ),
    changes AS (
      SELECT *, coalesce(end_status, CASE WHEN attempt = failed_attempt THEN 'waiting' ELSE 'running' END) AS status,
        CASE WHEN end_status IS NULL AND attempt = failed_attempt THEN retry_at END AS not_before
      FROM outlines
    ),
    inserted AS (
      INSERT INTO runs (run_id, task, task_version, queue, lane, deployment_id, priority, accepted_at, status, attempt, started_at, finished_at, not_before)
      SELECT substr(stream, 5)::uuid, task, "taskVersion", queue, lane, "deploymentId", priority, accepted_at, coalesce(status, 'waiting'),
        coalesce(attempt, 0), started_at, finished_at, CASE WHEN status IS NULL THEN "notBefore" ELSE not_before END
      FROM begun LEFT JOIN changes USING (stream)
    ),
    updated AS (
      UPDATE runs SET
        status = changes.status,
        attempt = coalesce(changes.attempt, runs.attempt),
        started_at = least(runs.started_at, changes.started_at),
        finished_at = coalesce(changes.finished_at, runs.finished_at),
        not_before = changes.not_before
      FROM changes
      WHERE runs.run_id = substr(changes.stream, 5)::uuid AND NOT EXISTS (SELECT FROM begun WHERE begun.stream = changes.stream)
    )`;
}
