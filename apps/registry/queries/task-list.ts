/**
 * Lists and searches tasks. Every word of the text must begin some word of the name, the description or the category.
 * Order: the task of exactly that name, then by how many words the name itself has, then by name.
 */
import { type DataSource, In, type SelectQueryBuilder } from 'typeorm';
import {
  type ListTasks,
  type OutputOf,
  type ParsedInputOf,
  type Refused,
  refuse,
  RunPolicies,
  type TaskName,
  type TaskView,
  isRefused,
} from '#contracts';
import { TaskRow, TaskVersionRow } from './rows.js';
import { wordsOf } from './search-words.js';

type Wanted = Pick<ParsedInputOf<typeof ListTasks>, 'category' | 'queue' | 'text'>;
interface Place {
  rank: number;
  name: TaskName;
}

/** Parts of names count as words: Postgres takes _ for a letter. */
const spaced = (columns: string): string => `translate(${columns}, '_.-', '   ')`;
const NAME = spaced('task.name');
const ANYTHING = spaced(`task.name || ' ' || shown.category || ' ' || shown.description`);
const EXACT_RANK = 1_000;

export class TaskList {
  constructor(private readonly views: DataSource) {}

  async list({
    cursor,
    limit,
    ...wanted
  }: ParsedInputOf<typeof ListTasks>): Promise<OutputOf<typeof ListTasks> | Refused> {
    const after = cursor === undefined ? undefined : placeOf(cursor);
    if (isRefused(after)) return after;
    const [places, total, categories] = await Promise.all([
      this.places(wanted, { after, limit: limit + 1 }),
      this.matching(wanted).getCount(),
      this.categories(wanted),
    ]);
    const page = places.slice(0, limit);
    return {
      items: await this.load(page.map(({ name }) => name)),
      next: places.length > limit ? cursorOf(page.at(-1)!) : null,
      total,
      categories,
    };
  }

  /** Of all tasks that are there. */
  async names(): Promise<TaskName[]> {
    const rows = await this.views.getRepository(TaskRow).find({ select: { name: true }, where: { removed: false } });
    return rows.map(({ name }) => name);
  }

  private async places(
    wanted: Wanted,
    { after, limit }: { after: Place | undefined; limit: number },
  ): Promise<Place[]> {
    const rank = rankOf(wanted.text);
    const query = this.matching(wanted).select('task.name', 'name').addSelect(`(${rank})::int`, 'rank');
    if (after) query.andWhere(`((${rank}) < :rank OR ((${rank}) = :rank AND task.name > :name))`, { ...after });
    return query.orderBy('rank', 'DESC').addOrderBy('task.name', 'ASC').limit(limit).getRawMany<Place>();
  }

  /** How many tasks each category has among those that fit, whatever category was asked for. */
  private categories({ queue, text }: Wanted): Promise<{ category: string; tasks: number }[]> {
    return this.matching({ queue, text })
      .select('shown.category', 'category')
      .addSelect('count(*)::int', 'tasks')
      .groupBy('shown.category')
      .orderBy('shown.category')
      .getRawMany();
  }

  private matching({ category, queue, text }: Wanted): SelectQueryBuilder<TaskRow> {
    const query = this.views
      .createQueryBuilder(TaskRow, 'task')
      .innerJoin(TaskVersionRow, 'shown', 'shown.task = task.name AND shown.version = task.shown_version')
      .where('NOT task.removed');
    if (category !== undefined) query.andWhere('shown.category = :category', { category });
    if (queue !== undefined) query.andWhere('shown.queue = :queue', { queue });
    wordsOf(text ?? '').forEach((word, index) =>
      query.andWhere(`${ANYTHING} ~* :word${index}`, { [`word${index}`]: `\\m${word}` }),
    );
    return text === undefined ? query : query.setParameter('phrase', wordsOf(text).join(' '));
  }

  private async load(names: readonly TaskName[]): Promise<TaskView[]> {
    const tasks = await this.views.getRepository(TaskRow).findBy({ name: In([...names]) });
    const where = tasks.map(({ name, shownVersion }) => ({ task: name, version: shownVersion }));
    const shown = where.length === 0 ? [] : await this.views.getRepository(TaskVersionRow).findBy(where);
    const taskOf = new Map(tasks.map((task) => [task.name, task]));
    const versionOf = new Map(shown.map((version) => [version.task, version]));
    return names.flatMap((name) => {
      const [task, version] = [taskOf.get(name), versionOf.get(name)];
      return task && version ? [viewOf(task, version)] : [];
    });
  }
}

/** Uses the parameters that `matching` has set. */
function rankOf(text: string | undefined): string {
  const words = wordsOf(text ?? '');
  if (words.length === 0) return '0';
  const hits = words.map((_, index) => `CASE WHEN ${NAME} ~* :word${index} THEN 1 ELSE 0 END`);
  return `CASE WHEN ${NAME} = :phrase THEN ${EXACT_RANK} ELSE 0 END + ${hits.join(' + ')}`;
}

function viewOf(task: TaskRow, version: TaskVersionRow): TaskView {
  return {
    name: task.name,
    description: version.description,
    category: version.category,
    activeVersion: task.activeVersion,
    queue: version.queue,
    lane: version.lane,
    deploymentId: version.deploymentId,
    argumentsSchema: version.argumentsSchema,
    resultSchema: version.resultSchema,
    policies: RunPolicies.parse(version.policies),
    deprecated: task.deprecated,
    createdAt: task.createdAt,
    updatedAt: task.updatedAt,
  };
}

function cursorOf({ rank, name }: Place): string {
  return Buffer.from(`${rank} ${name}`).toString('base64url');
}

function placeOf(cursor: string): Place | Refused {
  const match = /^(\d{1,6}) ([a-z0-9_.]{1,100})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match) return { rank: Number(match[1]), name: match[2] as TaskName };
  return refuse('request.invalid', 'The cursor is not one that this list has given.', {
    details: { field: '/cursor' },
  });
}
