/** All tasks in memory, kept as new as the log, so that a call finds its task without asking anybody. */
import {
  type DeploymentId,
  type JsonSchema,
  type Lane,
  type Moment,
  type QueueName,
  refuse,
  type Refused,
  RunPolicies,
  streamOf,
  type TaskEvent,
  type TaskName,
  TaskName as TaskNameSchema,
  taskNameOfStream,
} from '#contracts';
import { type AppendHints, type EventLog, type LogHorizon, LogUnavailable, type RecordedEvent } from '#event-store';
import { type Startable } from '#lifecycle';
import { type Logger } from '#observability';
import { LogFollower } from '../following/log-follower.js';
import { type CatalogedTask, type CatalogedVersion, evolve, noTask } from './cataloged-task.js';
import { didYouMean } from './did-you-mean.js';

export interface ServedTask {
  readonly name: TaskName;
  readonly version: number;
  readonly queue: QueueName;
  readonly lane: Lane;
  readonly deploymentId: DeploymentId | null;
  readonly argumentsSchema: JsonSchema;
  readonly resultSchema: JsonSchema;
  /** Defaults filled in. */
  readonly policies: RunPolicies;
  readonly description: string;
  readonly category: string;
  /** Why callers should move on; null when they need not. */
  readonly deprecated: string | null;
  /** Who published this version, as an actor: `key:<key id>`. */
  readonly by: string;
  readonly publishedAt: Moment;
}

export class Catalogue implements Startable {
  private readonly tasks = new Map<TaskName, CatalogedTask>();
  /** What `resolve` answers for the active versions, made once for each state of a task. */
  private readonly served = new Map<TaskName, ServedTask>();
  private readonly callbacks = new Set<() => void>();
  private readonly follower: LogFollower;

  constructor(
    private readonly options: {
      log: Pick<EventLog, 'readAll' | 'readStream'> & LogHorizon;
      hints: Pick<AppendHints, 'onAppended'>;
      logger: Pick<Logger, 'error'>;
    },
  ) {
    const apply = (events: readonly RecordedEvent[]) => this.apply(events);
    this.follower = new LogFollower({ ...options, name: 'catalogue', categories: ['task'], apply });
  }

  start(): Promise<void> {
    return this.follower.start();
  }

  stop(): Promise<void> {
    return this.follower.stop();
  }

  /** The version that serves the task now, or the given one while its workers run. A miss reads the task's own stream first. */
  async resolve(task: string, version?: number): Promise<ServedTask | Refused> {
    const name = task as TaskName;
    const found = this.find(name, version);
    if (found || !TaskNameSchema.safeParse(task).success) return found ?? this.absent(name, version);
    if (!(await this.readNow([name])))
      return refuse('service.unavailable', `The task ${name} cannot be looked up now: the log cannot be read.`, {
        hint: 'Try again in a few seconds.',
      });
    return this.find(name, version) ?? this.absent(name, version);
  }

  /** Reads these tasks' own streams, ahead of the log that is followed. False when the log cannot be read now. */
  async readNow(names: readonly TaskName[]): Promise<boolean> {
    const { log } = this.options;
    try {
      const streams = await Promise.all(names.map((name) => log.readStream(streamOf('task', name))));
      this.apply(streams.flat());
      return true;
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error;
      return false;
    }
  }

  /** Every task that serves now, in the order of their names. */
  all(): ServedTask[] {
    return [...this.served.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Calls back after tasks have changed; returns the function that stops it. */
  onChange(callback: () => void): () => void {
    this.callbacks.add(callback);
    return () => void this.callbacks.delete(callback);
  }

  private find(name: TaskName, version: number | undefined): ServedTask | undefined {
    const active = this.served.get(name);
    if (version === undefined || version === active?.version) return active;
    const task = this.tasks.get(name);
    const wanted = task?.versions[version - 1];
    const serves = wanted && task.serving.includes(version) && !task.removed;
    return serves ? servedTask(name, task, wanted) : undefined;
  }

  private absent(name: TaskName, version: number | undefined): Refused {
    const task = this.tasks.get(name);
    if (!task) return this.unknown(name);
    if (task.removed)
      return refuse('task.removed', `Task ${name} was removed.`, {
        hint: 'Deploy or register it again to bring it back.',
        details: { task: name },
      });
    if (version !== undefined && !task.versions[version - 1])
      return refuse('task.version-unknown', `Task ${name} has no version ${version}.`, {
        hint: `It has the versions 1 to ${task.versions.length}; leave the version out for the active one.`,
        details: { task: name, version },
      });
    return refuse('task.not-serving', `${of(version)}task ${name} has no workers now.`, {
      hint: 'Deploy the task again, or activate a version whose deployment still runs.',
      details: { task: name },
    });
  }

  private unknown(name: TaskName): Refused {
    const given = name.slice(0, 100);
    const near = didYouMean(given, this.served.keys());
    return refuse('task.unknown', `There is no task named ${JSON.stringify(given)}.`, {
      hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'List or search the tasks to find its name.',
      details: { task: given, didYouMean: near },
    });
  }

  private apply(events: readonly RecordedEvent[]): void {
    const changed = new Set<TaskName>();
    for (const { stream, version, event } of events) {
      const name = taskNameOfStream(stream);
      const before = this.tasks.get(name) ?? noTask;
      if (version !== before.revision + 1) continue; // read from its own stream already
      this.tasks.set(name, evolve(before, event as TaskEvent));
      changed.add(name);
    }
    for (const name of changed) this.refreshServed(name);
    if (changed.size > 0) for (const callback of this.callbacks) callback();
  }

  private refreshServed(name: TaskName): void {
    const task = this.tasks.get(name)!;
    const active = task.activeVersion === null ? undefined : task.versions[task.activeVersion - 1];
    if (active) this.served.set(name, servedTask(name, task, active));
    else this.served.delete(name);
  }
}

function servedTask(name: TaskName, task: CatalogedTask, version: CatalogedVersion): ServedTask {
  return { name, ...version, policies: RunPolicies.parse(version.policies), deprecated: task.deprecated };
}

const of = (version: number | undefined): string => (version === undefined ? 'The ' : `Version ${version} of `);
