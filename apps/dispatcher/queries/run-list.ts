/** Lists runs from the view, the latest first. */
import { type DataSource, LessThan } from 'typeorm';
import { isRefused, type ListRuns, type OutputOf, type ParsedInputOf, type Refused, refuse, RunId } from '#contracts';
import { readViews } from '#service';
import { RunRow } from '../projections/run.entity.js';

export class RunList {
  constructor(private readonly database: DataSource) {}

  /** The cursor is the last run id of the page before: ids sort by time. */
  async list({
    cursor,
    limit,
    ...filters
  }: ParsedInputOf<typeof ListRuns>): Promise<OutputOf<typeof ListRuns> | Refused> {
    const before = cursor === undefined ? undefined : idOf(cursor);
    if (isRefused(before)) return before;
    const runs = this.database.getRepository(RunRow);
    const rows = await readViews(() =>
      runs.find({
        where: { ...given(filters), ...(before && { runId: LessThan(before) }) },
        order: { runId: 'DESC' },
        take: limit + 1,
      }),
    );
    const items = rows.slice(0, limit);
    return { items: items.map((row) => ({ ...row })), next: rows.length > limit ? items.at(-1)!.runId : null };
  }
}

function idOf(cursor: string): RunId | Refused {
  const parsed = RunId.safeParse(cursor);
  return parsed.success
    ? parsed.data
    : refuse('request.invalid', 'The cursor is not one that this list has given', { details: { field: '/cursor' } });
}

function given<T extends object>(filters: T): Partial<{ [K in keyof T]: NonNullable<T[K]> }> {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined)) as Partial<{
    [K in keyof T]: NonNullable<T[K]>;
  }>;
}
