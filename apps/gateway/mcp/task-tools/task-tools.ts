/** The task tools of all sessions. They are made once for each key and choice, and again only when the catalogue has changed. */
import { type Tool as ListedTool } from '@modelcontextprotocol/sdk/types.js';
import { isRefused } from '#contracts';
import { type Caller } from '../../auth/index.js';
import { type Catalogue, type ServedTask } from '../../catalogue/index.js';
import { chooseTasks, type TaskChoice } from './task-choice.js';
import { listedTaskTool } from './task-tool.js';
import { taskToolName, tasksNamedBy } from './task-tool-name.js';

export interface TaskToolList {
  readonly tasks: readonly ServedTask[];
  readonly tools: readonly ListedTool[];
}

export class TaskTools {
  private lists = new Map<string, TaskToolList>();
  private served: readonly ServedTask[] | undefined;
  private readonly stopListening: () => void;

  constructor(private readonly catalogue: Pick<Catalogue, 'all' | 'onChange' | 'resolve'>) {
    this.stopListening = catalogue.onChange(() => this.forget());
  }

  close(): void {
    this.stopListening();
  }

  listFor(caller: Caller, choice: TaskChoice): TaskToolList {
    const key = JSON.stringify([caller.actor, choice]);
    const known = this.lists.get(key);
    if (known) return known;
    this.served ??= this.catalogue.all();
    const list = listOf(chooseTasks(choice, this.served, caller), caller);
    this.lists.set(key, list);
    return list;
  }

  /** Clients remember tools: one that is no longer listed still finds its task. Undefined when there is none. */
  async find(tool: string, list: TaskToolList): Promise<ServedTask | undefined> {
    const listed = list.tasks.find(({ name }) => taskToolName(name) === tool);
    for (const name of listed ? [listed.name] : tasksNamedBy(tool)) {
      const task = await this.catalogue.resolve(name);
      if (!isRefused(task)) return task;
    }
    return undefined;
  }

  private forget(): void {
    this.lists = new Map();
    this.served = undefined;
  }
}

/** Two names may become one, `a.b` and `a__b`: the first keeps it. */
function listOf(tasks: readonly ServedTask[], caller: Caller): TaskToolList {
  const byTool = new Map(tasks.map((task) => [taskToolName(task.name)!, task] as const).reverse());
  const unique = tasks.filter((task) => byTool.get(taskToolName(task.name)!) === task);
  return { tasks: unique, tools: unique.map((task) => listedTaskTool(task, caller)) };
}

/** The same tasks in the same versions: served tasks are made once for each state of a task. */
export function isSameList(one: TaskToolList, other: TaskToolList): boolean {
  return one.tasks.length === other.tasks.length && one.tasks.every((task, index) => task === other.tasks[index]);
}
