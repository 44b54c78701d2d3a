/** The arguments of the function `append_events` (migrations/0001-log.ts): one array for each column. */
import { type DomainEvent } from './decider.js';

export interface Row {
  readonly category: string;
  readonly stream: string;
  /** At the first row of each stream of a unit; null at the others. */
  readonly expected: number | null;
  /** Missing where only the version is to be checked. */
  readonly written?: {
    readonly version: number;
    readonly event: DomainEvent;
    readonly schema: number;
    readonly data: string;
    readonly meta: string;
  };
}

export function toArrays(units: readonly (readonly Row[])[]): unknown[][] {
  const columns: unknown[][] = Array.from({ length: 10 }, () => []);
  const [unit, category, stream, expected, version, type, at, schema, data, meta] = columns as TenColumns;
  units.forEach((rows, index) => {
    for (const row of rows) {
      const { written } = row;
      unit.push(index);
      category.push(row.category);
      stream.push(row.stream);
      expected.push(row.expected);
      version.push(written?.version ?? null);
      type.push(written?.event.type ?? null);
      at.push(written?.event.at ?? null);
      schema.push(written?.schema ?? null);
      data.push(written?.data ?? null);
      meta.push(written?.meta ?? null);
    }
  });
  return columns;
}

type Column = unknown[];
type TenColumns = [Column, Column, Column, Column, Column, Column, Column, Column, Column, Column];
