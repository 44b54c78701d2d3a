/** Requests that change tasks. */
import { Controller, Inject } from '@nestjs/common';
import {
  ActivateTaskVersion,
  DeprecateTask,
  isRefused,
  type OutputOf,
  type ParsedInputOf,
  PublishTaskVersions,
  type Refused,
  refuse,
  RegisterTask,
  RemoveTask,
  RetireTaskVersions,
  ReviseTask,
  type TaskDetailsView,
} from '#contracts';
import { type Clock } from '#lifecycle';
import { Answers } from '#messaging';
import { detailsOf, type TaskCommand, versionOfDeployment } from '../task/index.js';
import { type SuggestTask, withSuggestion } from '../task-suggestion.js';
import { CLOCK, SUGGEST_TASK } from '../tokens.js';
import { invalidSchema } from './schema-check.js';
import { TaskBook } from './task-book.js';

@Controller()
export class TasksController {
  constructor(
    @Inject(TaskBook) private readonly book: TaskBook,
    @Inject(SUGGEST_TASK) private readonly suggest: SuggestTask,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Answers(PublishTaskVersions)
  async publish({
    actor,
    deploymentId,
    category,
    queue,
    declarations,
  }: ParsedInputOf<typeof PublishTaskVersions>): Promise<OutputOf<typeof PublishTaskVersions> | Refused> {
    const invalid = repeatedName(declarations) ?? declarations.map(invalidSchema).find(isRefused);
    if (invalid) return invalid;
    const at = this.clock.now();
    const commands = declarations.map((declaration) => ({
      type: 'PublishTaskVersion' as const,
      task: declaration.name,
      declaration,
      category,
      queue,
      deploymentId,
      by: actor,
      at,
    }));
    const tasks = await this.book.carryOut(commands, { actor });
    if (isRefused(tasks)) return tasks;
    const versions = tasks.map((task) => versionOfDeployment(task, deploymentId)!.version);
    return { versions: declarations.map(({ name }, index) => ({ task: name, version: versions[index]! })) };
  }

  @Answers(RetireTaskVersions)
  async retire({
    actor,
    deploymentId,
    tasks,
    reason,
  }: ParsedInputOf<typeof RetireTaskVersions>): Promise<OutputOf<typeof RetireTaskVersions> | Refused> {
    const at = this.clock.now();
    const commands = [...new Set(tasks)].map((task) => ({
      type: 'RetireTaskVersion' as const,
      task,
      deploymentId,
      reason,
      by: actor,
      at,
    }));
    const outcome = await this.book.carryOut(commands, { actor });
    return isRefused(outcome) ? outcome : {};
  }

  @Answers(RegisterTask)
  async register({
    actor,
    declaration,
    category,
    queue,
  }: ParsedInputOf<typeof RegisterTask>): Promise<TaskDetailsView | Refused> {
    return (
      invalidSchema(declaration) ??
      this.change({
        type: 'PublishTaskVersion',
        task: declaration.name,
        declaration,
        category,
        queue,
        deploymentId: null,
        by: actor,
        at: this.clock.now(),
      })
    );
  }

  @Answers(ReviseTask)
  async revise({ actor, ...changes }: ParsedInputOf<typeof ReviseTask>): Promise<TaskDetailsView | Refused> {
    return this.change({ type: 'ReviseTask', ...changes, by: actor, at: this.clock.now() });
  }

  @Answers(ActivateTaskVersion)
  async activate({
    actor,
    task,
    version,
  }: ParsedInputOf<typeof ActivateTaskVersion>): Promise<TaskDetailsView | Refused> {
    return this.change({ type: 'ActivateTaskVersion', task, version, by: actor, at: this.clock.now() });
  }

  @Answers(DeprecateTask)
  async deprecate({ actor, task, reason }: ParsedInputOf<typeof DeprecateTask>): Promise<TaskDetailsView | Refused> {
    return this.change({ type: 'DeprecateTask', task, reason, by: actor, at: this.clock.now() });
  }

  @Answers(RemoveTask)
  async remove({ actor, task }: ParsedInputOf<typeof RemoveTask>): Promise<OutputOf<typeof RemoveTask> | Refused> {
    const outcome = await this.change({ type: 'RemoveTask', task, by: actor, at: this.clock.now() });
    return isRefused(outcome) ? outcome : {};
  }

  private async change(command: TaskCommand): Promise<TaskDetailsView | Refused> {
    const outcome = await this.book.carryOut([command], { actor: command.by });
    return isRefused(outcome)
      ? withSuggestion(outcome, { task: command.task, suggest: this.suggest })
      : detailsOf(command.task, outcome[0]!);
  }
}

function repeatedName(declarations: ParsedInputOf<typeof PublishTaskVersions>['declarations']): Refused | undefined {
  const names = declarations.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (!repeated) return undefined;
  return refuse('request.invalid', `Two tasks of the deployment have the name ${repeated}.`, {
    hint: 'Give each task of a bundle a name of its own.',
    details: { field: '/declarations' },
  });
}
