/** The months by which runs are kept apart. Run ids are UUIDv7, so the bounds of a month are the first ids that can be made in it. */

/** Months since the year 0, UTC. */
export type Month = number;

export const DAY_MS = 86_400_000;

/** What a partition holds: the months from `from` (null: from the beginning) up to, and without, `to`. */
export interface Span {
  readonly from: Month | null;
  readonly to: Month;
}

/** @param at milliseconds since 1970. */
export function monthOf(at: number): Month {
  const date = new Date(at);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

export function startOf(month: Month): number {
  return Date.UTC(Math.floor(month / 12), month % 12);
}

/** The smallest run id of the month. */
export function firstRunId(month: Month): string {
  const ms = startOf(month).toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-0000-0000-000000000000`;
}

/** `runs_2026_07` for one month, `runs_before_2026_07` for all before it. */
export function partitionName(table: string, { from, to }: Span): string {
  return from === null ? `${table}_before_${written(to)}` : `${table}_${written(from)}`;
}

/** The span that a name tells; undefined for a name that is not one of `partitionName`. */
export function spanOf(table: string, partition: string): Span | undefined {
  const match = /^(before_)?(\d{4})_(\d{2})$/.exec(partition.slice(table.length + 1));
  if (!match || !partition.startsWith(`${table}_`)) return undefined;
  const month = Number(match[2]) * 12 + Number(match[3]) - 1;
  return match[1] ? { from: null, to: month } : { from: month, to: month + 1 };
}

/** Months to have partitions for and that have none: from the one before now, for clocks that are behind, or from where the known ones end. */
export function missingMonths(known: readonly Span[], now: number, ahead: number): Month[] {
  const current = monthOf(now);
  const newest = known.length === 0 ? current : Math.max(...known.map(({ to }) => to));
  const first = Math.min(current - 1, newest);
  const wanted = Array.from({ length: current + ahead + 1 - first }, (_, n) => first + n);
  return wanted.filter((month) => !known.some(({ from, to }) => (from ?? -Infinity) <= month && month < to));
}

/** True when even the last run that the partition can hold was accepted longer ago than is kept. */
export function isPast({ to }: Span, now: number, keepDays: number): boolean {
  return startOf(to) + keepDays * DAY_MS <= now;
}

function written(month: Month): string {
  return `${String(Math.floor(month / 12)).padStart(4, '0')}_${String((month % 12) + 1).padStart(2, '0')}`;
}
