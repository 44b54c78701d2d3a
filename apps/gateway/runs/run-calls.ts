/** Starts runs and waits for them: the one way in for REST and MCP alike. */
import {
  GetRun,
  isRefused,
  type Json,
  type Moment,
  type QueueName,
  refuse,
  type Refused,
  type RunId,
  type RunTarget,
  type RunView,
  type TaskName,
} from '#contracts';
import { newId } from '#lifecycle';
import { type FinishedNotices, type Requester } from '#messaging';
import { type Caller, forbid } from '../auth/index.js';
import { type Catalogue, checkArguments, type ServedTask } from '../catalogue/index.js';
import { type Acceptance, AcceptanceBatch, type Accepted } from './acceptance-batch.js';
import { bindArguments } from './bind-arguments.js';
import { FinishedRuns, type Gone } from './finished-runs.js';
import { isFinished, RunWaits } from './run-waits.js';

export interface RunCall {
  task: string;
  /** Arguments by position, in the order of the schema's properties. */
  args?: Json[] | undefined;
  /** Arguments by name. */
  kwargs?: Record<string, Json> | undefined;
  /** Only to check: the task itself says where it runs. */
  queue?: string | undefined;
  /** The active one when left out. */
  version?: number | undefined;
  /** 0 to 9; the highest runs first. */
  priority?: number | undefined;
  idempotencyKey?: string | undefined;
  /** Not to be started before this moment. */
  notBefore?: Moment | undefined;
  /** Whether somebody will call `waitFor` soon. */
  wait?: boolean | undefined;
  /** Made here when left out. */
  runId?: RunId | undefined;
  /** The finished run that this one repeats. */
  retryOf?: RunId | undefined;
}

export interface StartedRun {
  runId: RunId;
  task: TaskName;
  queue: QueueName;
  /** True when the idempotency key had made this run before. */
  repeated: boolean;
}

export interface RunCallsOptions {
  catalogue: Pick<Catalogue, 'resolve'>;
  requester: Requester;
  notices: Pick<FinishedNotices, 'waiterFor' | 'listen'>;
  /** Names this process among all gateways. */
  gatewayId: string;
}

/** Runs that were sent just now, are waited for and have not ended: with more of them, all would wait longer and cost more, and no more would be done. */
const MOST_YOUNG = 5_000;

export class RunCalls {
  private readonly finished: FinishedRuns;
  private readonly waits: RunWaits;
  private readonly batch: AcceptanceBatch;
  private readonly targets = new WeakMap<ServedTask, RunTarget>();

  constructor(private readonly options: RunCallsOptions) {
    this.batch = new AcceptanceBatch(options.requester);
    this.finished = new FinishedRuns(options.notices, options.gatewayId, (runId) => this.batch.ended(runId));
    this.waits = new RunWaits(this.finished, options.requester);
  }

  /** Begins to hear of finished runs. */
  listen(): Promise<void> {
    return this.finished.start();
  }

  /** Whoever waits still is answered after their next question. */
  close(): Promise<void> {
    return this.finished.stop();
  }

  /** Resolves once the run is in the log. */
  async start(caller: Caller, call: RunCall): Promise<StartedRun | Refused> {
    const [started] = await this.startMany(caller, [call]);
    return started!;
  }

  /** Each is answered on its own, in order, once all are in the log or refused. */
  async startMany(caller: Caller, calls: readonly RunCall[]): Promise<(StartedRun | Refused)[]> {
    const forbidden = forbid(caller, 'run');
    if (forbidden) return calls.map(() => forbidden);
    const tasks = await this.tasksOf(calls);
    const prepared = calls.map((call) => this.prepare(tasks.get(taskKey(call))!, call));
    const acceptances = prepared.filter((one): one is Acceptance => !isRefused(one));
    const accepted = await this.batch.accept(caller.actor, acceptances).catch((error: unknown) => {
      for (const { run } of acceptances) this.finished.forget(run.runId);
      throw error;
    });
    let next = 0;
    return prepared.map((one) => (isRefused(one) ? one : this.startedRun(one, accepted[next++]!)));
  }

  /** Whether whoever comes to start runs, be it one or a thousand, and waits for them or not, should come again later. */
  tooMany(): Refused | null {
    return this.batch.tooMany() ?? this.tooManyYoung();
  }

  /** A finished run again, as a new run of what the task is now. */
  async retry(caller: Caller, runId: RunId, more: Pick<RunCall, 'wait'> = {}): Promise<StartedRun | Refused> {
    const old = await this.options.requester.request(GetRun, { runId });
    if (isRefused(old)) return old;
    if (!isFinished(old))
      return refuse(
        'run.not-finished',
        `Run ${runId} of ${old.task} is ${old.status}, so it cannot be run again yet.`,
        {
          hint: 'Wait for it, or cancel it first.',
          details: { status: old.status },
        },
      );
    return this.start(caller, {
      task: old.task,
      kwargs: old.arguments,
      priority: old.priority,
      retryOf: runId,
      ...more,
    });
  }

  /** The run as soon as it has finished; `unfinished` when it has not within `waitMs` or before the signal. */
  waitFor(runId: RunId, waitMs: number, signal?: Gone): Promise<RunView | 'unfinished' | Refused> {
    return this.waits.waitFor(runId, waitMs, signal);
  }

  /** The same for many runs, in order; null for one that has not finished, or was none. */
  waitForAll(runIds: readonly (RunId | null)[], waitMs: number, signal?: Gone): Promise<(RunView | null)[]> {
    return this.waits.waitForAll(runIds, waitMs, signal);
  }

  private tooManyYoung(): Refused | null {
    const young = this.finished.countYoung();
    if (young < MOST_YOUNG) return null;
    return refuse('rate.limited', `The gateway has ${young} runs under way that somebody has just begun to wait for.`, {
      hint: 'Try again in a second; nothing of this was accepted.',
    });
  }

  private tooManyAwaited(): Refused | null {
    if (!this.finished.isFull) return null;
    return refuse('rate.limited', 'As many runs are waited for already as this gateway takes.', {
      hint: 'Try again in a second, or send without waiting and ask for results later.',
    });
  }

  /** Each task is looked up once, however many calls name it. */
  private async tasksOf(calls: readonly RunCall[]): Promise<Map<string, ServedTask | Refused>> {
    const named = new Map(calls.map((call) => [taskKey(call), call]));
    const found = [...named].map(
      async ([key, { task, version }]) => [key, await this.options.catalogue.resolve(task, version)] as const,
    );
    return new Map(await Promise.all(found));
  }

  /** What to send; from here on the run is waited for, if its caller will wait. */
  private prepare(task: ServedTask | Refused, call: RunCall): Acceptance | Refused {
    if (isRefused(task)) return task;
    if (call.queue !== undefined && call.queue !== task.queue) return otherQueue(task, call.queue);
    const bound = bindArguments(task, call.args ?? [], call.kwargs ?? {});
    if (isRefused(bound)) return bound;
    const refused = checkArguments(task, bound) ?? (call.wait ? this.tooManyAwaited() : null);
    if (refused) return refused;
    const acceptance = this.acceptanceOf(task, bound, call);
    if (call.wait) this.finished.expect(acceptance.run.runId, bound);
    return acceptance;
  }

  private startedRun({ target, run }: Acceptance, answer: Accepted | Refused): StartedRun | Refused {
    const isRun = !isRefused(answer) && answer.runId === run.runId;
    if (!isRun) this.finished.forget(run.runId);
    if (isRefused(answer)) return answer;
    // One that was sent twice on its way is still the run of this call.
    return { runId: answer.runId, task: target.task, queue: target.queue, repeated: !isRun };
  }

  private acceptanceOf(task: ServedTask, bound: Record<string, Json>, call: RunCall): Acceptance {
    const run = {
      runId: call.runId ?? (newId() as RunId),
      arguments: bound,
      priority: call.priority,
      notBefore: call.notBefore,
      idempotencyKey: call.idempotencyKey,
      retryOf: call.retryOf,
      waiter: call.wait ? this.finished.waiter : undefined,
    };
    return { target: this.targetOf(task), run };
  }

  /** The same object for the same task, for as long as the catalogue keeps it as it is. */
  private targetOf(task: ServedTask): RunTarget {
    const known = this.targets.get(task);
    if (known) return known;
    const { name, version: taskVersion, queue, lane, deploymentId, policies } = task;
    const target = { task: name, taskVersion, queue, lane, deploymentId, policies };
    this.targets.set(task, target);
    return target;
  }
}

/** The version first: it has no slash, and callers may send anything for a name. */
function taskKey({ task, version }: RunCall): string {
  return `${version ?? ''}/${task}`;
}

function otherQueue({ name, queue }: ServedTask, asked: string): Refused {
  return refuse('request.invalid', `Task ${name} is served by the queue ${queue}, not by ${asked.slice(0, 100)}.`, {
    hint: `Leave the queue out, or name ${queue}.`,
    details: { field: '/queue', queue },
  });
}
