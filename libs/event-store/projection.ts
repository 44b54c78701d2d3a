/** A view of the log: tables that are a fold of events, filled in log order with the cursor in the same transaction. */
import { type Category } from '#contracts';
import { type RecordedEvent } from './log.js';

export interface Sql {
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[] }>;
}

interface View {
  /** Also the name of its cursor. */
  readonly name: string;
  readonly categories: readonly Category[];
  /** The tables it alone writes; a rebuild empties them first. */
  readonly tables: readonly string[];
}

export interface Projection extends View {
  /** Applies a batch in log order. Uses nothing but the events: no clock, no other table. */
  apply(events: readonly RecordedEvent[], sql: Sql): Promise<void>;
}

/** One that is worked out in the database, which its events never leave: for the view that has a share in every run. */
export interface SqlProjection extends View {
  /**
   * Expressions of a WITH clause that write the tables from `page`: the next events in log order, with the columns stream, version, type, at, schema, data,
   * tx and position of the log. They are as they were written, without the upcasters: when an event gets a new schema, the older ones must be understood
   * here, too. Uses nothing but the page and its own tables.
   */
  readonly fold: string;
}
