/** Runs: calls of tasks. */
import { Controller, Inject } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { z } from 'zod';
import {
  CancelRun,
  GetRun,
  GetRunEvents,
  isRefused,
  ListRuns,
  pageOf,
  Priority,
  QueueName,
  type Refused,
  RunId,
  RunStatus,
  RunSummary,
  RunView,
  TaskName,
} from '#contracts';
import { type Requester } from '#messaging';
import { type Problem, problemOfRefusal } from '../http/index.js';
import { type RunCall, type RunCalls, type StartedRun } from '../runs/index.js';
import { MomentInput } from './moments.js';
import { untilClosed } from './client-gone.js';
import { preferredWaitMs } from './prefer.js';
import { Handles } from './handles.js';
import { Answer, API, type Asked, route } from './route.js';
import { AnyJson, pageQuery, ProblemShape } from './shapes.js';
import { REQUESTER, RUN_CALLS } from './tokens.js';

const oneRun = z.object({ runId: RunId });

/** Arguments may be given by name, by position, or both. */
export const RunRequest = z.strictObject({
  task: z.string().min(1).max(200),
  arguments: z.record(z.string(), AnyJson).optional().describe('By name'),
  args: z.array(AnyJson).max(100).optional().describe("By position, in the order of the schema's properties"),
  queue: z.string().max(200).optional().describe('Only to check: the task itself says where it runs'),
  version: z.number().int().min(1).optional().describe('The active one when left out'),
  priority: Priority.optional(),
  notBefore: MomentInput.optional().describe('Not to be started before this moment'),
  delayMs: z.number().int().min(0).max(31_536_000_000).optional().describe('Not to be started before so long from now'),
});
export const StartedRunShape = z.object({
  runId: RunId,
  task: TaskName,
  queue: QueueName,
  repeated: z.boolean().describe('True when the idempotency key had made this run before'),
});
const BatchAnswer = z.object({
  started: StartedRunShape.nullable(),
  run: RunView.nullable().describe('When it was waited for and has finished'),
  problem: ProblemShape.nullable(),
});
const waiting = { Prefer: '`wait=N`: answer when the run has finished, at most N seconds from now (up to 60)' };
const refusals = [
  'task.unknown',
  'task.not-serving',
  'task.removed',
  'task.version-unknown',
  'arguments.invalid',
] as const;

export const startRun = route({
  method: 'POST',
  path: '/runs',
  action: 'run',
  startsRuns: true,
  summary: 'Run a task',
  description:
    'Answers 202 once the run is in the log. With `Prefer: wait=N` it answers 200 with the finished run, if it finishes in time.',
  headers: { ...waiting, 'Idempotency-Key': 'The same key and body give the same run; with another body, 409' },
  body: RunRequest,
  output: StartedRunShape,
  status: 202,
  alsoStatus: { 200: { means: 'The finished run', output: RunView } },
  refusals: [...refusals, 'idempotency.conflict'],
});
export const startRuns = route({
  method: 'POST',
  path: '/runs/batch',
  action: 'run',
  startsRuns: true,
  summary: 'Run many tasks at once',
  description: 'Each is answered on its own, in order: one that is refused does not hold up the others.',
  headers: waiting,
  body: z.strictObject({
    runs: z
      .array(RunRequest.extend({ idempotencyKey: z.string().min(1).max(255).optional() }))
      .min(1)
      .max(1_000),
  }),
  output: z.object({ answers: z.array(BatchAnswer) }),
  status: 202,
  alsoStatus: { 200: { means: 'All have finished', output: z.object({ answers: z.array(BatchAnswer) }) } },
});
export const listRuns = route({
  method: 'GET',
  path: '/runs',
  action: 'read',
  summary: 'List runs, the newest first',
  query: z.strictObject({
    ...pageQuery,
    status: RunStatus.optional(),
    task: TaskName.optional(),
    queue: QueueName.optional(),
  }),
  output: pageOf(RunSummary),
});
export const getRun = route({
  method: 'GET',
  path: '/runs/{runId}',
  action: 'read',
  summary: 'Get a run with its result',
  headers: waiting,
  params: oneRun,
  output: RunView,
  refusals: ['run.unknown'],
});
export const cancelRun = route({
  method: 'POST',
  path: '/runs/{runId}/cancel',
  action: 'run',
  summary: 'Cancel a run',
  params: oneRun,
  body: z.strictObject({ reason: z.string().max(1_000).optional() }),
  bodyIsOptional: true,
  output: RunView,
  refusals: ['run.unknown', 'run.already-finished'],
});
export const retryRun = route({
  method: 'POST',
  path: '/runs/{runId}/retry',
  action: 'run',
  summary: 'Run a finished run again, as a new run',
  headers: waiting,
  params: oneRun,
  output: StartedRunShape,
  status: 202,
  alsoStatus: { 200: { means: 'The finished new run', output: RunView } },
  refusals: ['run.unknown', 'run.not-finished', ...refusals],
});
export const getRunEvents = route({
  method: 'GET',
  path: '/runs/{runId}/events',
  action: 'read',
  summary: 'Everything that happened to a run',
  params: oneRun,
  output: GetRunEvents.output,
  refusals: ['run.unknown'],
});

@Controller()
export class RunsController {
  constructor(
    @Inject(RUN_CALLS) private readonly runs: RunCalls,
    @Inject(REQUESTER) private readonly requester: Requester,
  ) {}

  @Handles(startRun)
  async start({ caller, body, request, reply }: Asked<typeof startRun>) {
    const waitMs = preferredWaitMs(request);
    if (isRefused(waitMs)) return waitMs;
    const idempotencyKey = request.headers['idempotency-key'] as string | undefined;
    const started = await this.runs.start(caller, callOf(body, waitMs > 0, idempotencyKey));
    return isRefused(started) ? started : this.answerFor(started, waitMs, reply);
  }

  @Handles(startRuns)
  async startMany({ caller, body, request, reply }: Asked<typeof startRuns>) {
    const waitMs = preferredWaitMs(request);
    if (isRefused(waitMs)) return waitMs;
    const calls = body.runs.map((run) => callOf(run, waitMs > 0, run.idempotencyKey));
    const started = await this.runs.startMany(caller, calls);
    const runIds = started.map((one) => (isRefused(one) ? null : one.runId));
    const finished = waitMs > 0 ? await this.runs.waitForAll(runIds, waitMs, untilClosed(reply)) : [];
    const answers = started.map((one, n) => batchAnswer(one, finished[n] ?? null));
    const allFinished = waitMs > 0 && answers.every(({ run, problem }) => run !== null || problem !== null);
    return new Answer({ answers }, { status: allFinished ? 200 : 202, headers: applied(waitMs) });
  }

  @Handles(listRuns)
  list({ query }: Asked<typeof listRuns>) {
    return this.requester.request(ListRuns, query);
  }

  @Handles(getRun)
  async get({ params, request, reply }: Asked<typeof getRun>) {
    const waitMs = preferredWaitMs(request);
    if (isRefused(waitMs)) return waitMs;
    const run = waitMs > 0 ? await this.runs.waitFor(params.runId, waitMs, untilClosed(reply)) : 'unfinished';
    return run === 'unfinished' ? this.requester.request(GetRun, params) : run;
  }

  @Handles(cancelRun)
  cancel({ caller, params, body }: Asked<typeof cancelRun>) {
    return this.requester.request(CancelRun, { actor: caller.actor, ...params, reason: body.reason ?? null });
  }

  @Handles(retryRun)
  async retry({ caller, params, request, reply }: Asked<typeof retryRun>) {
    const waitMs = preferredWaitMs(request);
    if (isRefused(waitMs)) return waitMs;
    const started = await this.runs.retry(caller, params.runId, { wait: waitMs > 0 });
    return isRefused(started) ? started : this.answerFor(started, waitMs, reply);
  }

  @Handles(getRunEvents)
  events({ params }: Asked<typeof getRunEvents>) {
    return this.requester.request(GetRunEvents, params);
  }

  private async answerFor(started: StartedRun, waitMs: number, reply: FastifyReply) {
    const headers = { location: `${API}/runs/${started.runId}`, ...applied(waitMs) };
    const run = waitMs > 0 ? await this.runs.waitFor(started.runId, waitMs, untilClosed(reply)) : 'unfinished';
    // The run is accepted whatever happens to the waiting: the caller must get its id.
    if (run === 'unfinished' || isRefused(run)) return new Answer<unknown>(started, { status: 202, headers });
    return new Answer<unknown>(run, { status: 200, headers });
  }
}

function batchAnswer(started: StartedRun | Refused, run: RunView | null) {
  if (isRefused(started)) return { started: null, run: null, problem: problemOfRefusal(started) as Problem | null };
  return { started, run, problem: null };
}

/** Member by member: on the way of every run, and spreads take ten times as long. */
function callOf(run: z.output<typeof RunRequest>, wait: boolean, idempotencyKey: string | undefined): RunCall {
  return {
    task: run.task,
    args: run.args,
    kwargs: run.arguments,
    queue: run.queue,
    version: run.version,
    priority: run.priority,
    idempotencyKey,
    notBefore: run.delayMs === undefined ? run.notBefore : Date.now() + run.delayMs,
    wait,
  };
}

const applied = (waitMs: number): Record<string, string> =>
  waitMs > 0 ? { 'preference-applied': `wait=${waitMs / 1_000}` } : {};
