/** Requests that only read. What was committed before a question is in its answer. */
import { Controller, Inject } from '@nestjs/common';
import { type DataSource } from 'typeorm';
import {
  GetTask,
  ListKeys,
  ListTasks,
  type OutputOf,
  type ParsedInputOf,
  type Refused,
  streamOf,
  type TaskDetailsView,
  type TaskEvent,
} from '#contracts';
import { type EventLog, fold } from '#event-store';
import { Answers } from '#messaging';
import { readViews } from '#service';
import { detailsOf, removed, taskDecider, unknown } from '../task/index.js';
import { type SuggestTask, withSuggestion } from '../task-suggestion.js';
import { SUGGEST_TASK } from '../tokens.js';
import { KeyRow } from './rows.js';
import { type TaskList } from './task-list.js';

export interface RegistryReader {
  readonly log: Pick<EventLog, 'readStream'>;
  readonly views: DataSource;
  readonly tasks: TaskList;
  /** Resolves when the views hold everything that is committed now. */
  readonly catchUp: Readonly<Record<'tasks' | 'keys', () => Promise<void>>>;
}
export const REGISTRY_READER = Symbol('registry reader');

@Controller()
export class RegistryQueries {
  constructor(
    @Inject(REGISTRY_READER) private readonly reader: RegistryReader,
    @Inject(SUGGEST_TASK) private readonly suggest: SuggestTask,
  ) {}

  /** Folded from the log itself, so it answers also while the views are behind. */
  @Answers(GetTask)
  async getTask({ task: name }: ParsedInputOf<typeof GetTask>): Promise<TaskDetailsView | Refused> {
    const recorded = await this.reader.log.readStream(streamOf('task', name));
    if (recorded.length === 0) return withSuggestion(unknown(name), { task: name, suggest: this.suggest });
    const task = fold(
      taskDecider,
      recorded.map(({ event }) => event as TaskEvent),
    );
    return task.removed ? removed(name) : detailsOf(name, task);
  }

  @Answers(ListTasks)
  async listTasks(wanted: ParsedInputOf<typeof ListTasks>): Promise<OutputOf<typeof ListTasks> | Refused> {
    return readViews(async () => {
      await this.reader.catchUp.tasks();
      return this.reader.tasks.list(wanted);
    });
  }

  @Answers(ListKeys)
  async listKeys(): Promise<OutputOf<typeof ListKeys>> {
    return readViews(async () => {
      await this.reader.catchUp.keys();
      const rows = await this.reader.views.getRepository(KeyRow).find({ order: { createdAt: 'ASC', keyId: 'ASC' } });
      return { keys: rows.map((row) => ({ ...row })) };
    });
  }
}
