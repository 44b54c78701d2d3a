/** Carries out one command for each of several tasks, all or nothing: a deployment is published or retired whole, never half. */
import { setTimeout as pause } from 'node:timers/promises';
import { type EventMeta, isRefused, type Refused, streamOf, type TaskEvent, type TaskName } from '#contracts';
import { type EventLog, fold, TooManyConflicts } from '#event-store';
import { type Task, type TaskCommand, taskDecider } from '../task/index.js';

const MAX_TRIES = 10;

export class TaskBook {
  constructor(private readonly log: Pick<EventLog, 'append' | 'readStreams'>) {}

  /** The tasks as they are afterwards, in the order of the commands; each task has one command at most. */
  async carryOut(commands: readonly TaskCommand[], meta: EventMeta): Promise<Task[] | Refused> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const outcome = await this.tryOnce(commands, meta);
      if (outcome !== 'conflict') return outcome;
      await pause(Math.random() * (tries + 1));
    }
    throw new TooManyConflicts(`tasks were written by others ${MAX_TRIES} times in a row`);
  }

  private async tryOnce(commands: readonly TaskCommand[], meta: EventMeta): Promise<Task[] | Refused | 'conflict'> {
    const before = await this.load(commands.map(({ task }) => task));
    const decisions = commands.map((command, index) => taskDecider.decide(command, before[index]!.task));
    const refused = decisions.find(isRefused);
    if (refused) return refused;
    const added = decisions as TaskEvent[][];
    const unit = commands.map(({ task }, index) => ({
      category: 'task' as const,
      stream: streamOf('task', task),
      expectedVersion: before[index]!.version,
      events: added[index]!,
      meta,
    }));
    const writing = unit.filter(({ events }) => events.length > 0);
    if (writing.length > 0 && (await this.log.append(writing)) === 'conflict') return 'conflict';
    return added.map((events, index) => events.reduce(taskDecider.evolve, before[index]!.task));
  }

  private async load(names: readonly TaskName[]): Promise<{ task: Task; version: number }[]> {
    const streams = await this.log.readStreams(names.map((name) => streamOf('task', name)));
    return names.map((name) => {
      const events = (streams.get(streamOf('task', name)) ?? []) as TaskEvent[];
      return { task: fold(taskDecider, events), version: events.length };
    });
  }
}
