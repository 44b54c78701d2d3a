/** A row of the log as the event it is today. */
import { type EventMeta } from '#contracts';
import { type RecordedEvent } from './log.js';
import { type StoredRow } from './read-queries.js';
import { type EventData, type Upcasters } from './upcasters.js';

export function revive(row: StoredRow, upcasters: Upcasters): RecordedEvent {
  return {
    category: row.category,
    stream: row.stream,
    version: row.version,
    event: upcasters.upcast(row.data as EventData, row.schema),
    meta: row.meta as EventMeta,
    cursor: { tx: row.tx, position: row.position },
  };
}
