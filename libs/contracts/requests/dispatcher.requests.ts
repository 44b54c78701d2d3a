/** What the dispatcher answers. */
import { z } from 'zod';
import { RunCall, RunTarget } from './run-acceptance.js';
import { QueueName, RunId, TaskName } from '../ids.js';
import { EventView, QueueView, RunStatus, RunSummary, RunView, PageRequest, pageOf } from '../views/views.js';
import { defineRequest } from './request.js';
import { Refusal } from '../refusals.js';

/**
 * Accepts runs; each is answered on its own, in order. One that is sent again with the same run id is answered again, not run again.
 * Targets are apart because hundreds of runs in one request mostly go to the same few.
 */
export const AcceptRuns = defineRequest('dispatcher', 'accept-runs', {
  input: z
    .object({
      actor: z.string(),
      targets: z.array(RunTarget).min(1),
      /** `target`: index into targets. */
      runs: z
        .array(RunCall.extend({ target: z.number().int().nonnegative() }))
        .min(1)
        .max(5_000),
    })
    .refine(
      ({ targets, runs }) => runs.every(({ target }) => target < targets.length),
      'a run names a target that is not there',
    ),
  output: z.object({
    answers: z.array(
      z.union([
        /** `runId` is another than asked for when an idempotency key had made one before; `repeated` then. */
        z.object({ runId: RunId, repeated: z.boolean() }),
        z.object({ refusal: Refusal }),
      ]),
    ),
  }),
});

export const CancelRun = defineRequest('dispatcher', 'cancel-run', {
  input: z.object({ actor: z.string(), runId: RunId, reason: z.string().nullable().default(null) }),
  output: RunView,
});

/** Folded from the log itself: what was acknowledged is found. */
export const GetRun = defineRequest('dispatcher', 'get-run', { input: z.object({ runId: RunId }), output: RunView });

/** Of many runs at once, for whoever doubts that a notice came: null for one that does not exist. */
export const GetRunStatuses = defineRequest('dispatcher', 'get-run-statuses', {
  input: z.object({ runIds: z.array(RunId).max(1_000) }),
  output: z.object({ statuses: z.array(RunStatus.nullable()) }),
});

export const GetRunEvents = defineRequest('dispatcher', 'get-run-events', {
  input: z.object({ runId: RunId }),
  output: z.object({ events: z.array(EventView) }),
});

export const ListRuns = defineRequest('dispatcher', 'list-runs', {
  input: PageRequest.extend({ status: RunStatus.optional(), task: TaskName.optional(), queue: QueueName.optional() }),
  output: pageOf(RunSummary),
});

export const ListQueues = defineRequest('dispatcher', 'list-queues', {
  input: z.object({}),
  output: z.object({ queues: z.array(QueueView) }),
});

/** Waiting and running jobs of one lane, as Redis and the live view know them: zero both means drained. */
export const GetLaneLoad = defineRequest('dispatcher', 'get-lane-load', {
  input: z.object({ lane: z.string() }),
  output: z.object({ waiting: z.number().int(), running: z.number().int(), workers: z.number().int() }),
});
