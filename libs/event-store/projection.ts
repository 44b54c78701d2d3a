/** A view of the log: tables that are a fold of events, filled in log order with the cursor in the same transaction. */
import { type Category } from '#contracts';
import { type RecordedEvent } from './log.js';

export interface Sql {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[] }>;
}

export interface Projection {
  /** Also the name of its cursor. */
  readonly name: string;
  readonly categories: readonly Category[];
  /** The tables it alone writes; a rebuild empties them first. */
  readonly tables: readonly string[];
  /** Applies a batch in log order. Uses nothing but the events: no clock, no other table. */
  apply(events: readonly RecordedEvent[], sql: Sql): Promise<void>;
}
