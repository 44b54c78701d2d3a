/** The event log, and everything that is made from it. */
export { fold, type Decider, type DomainEvent } from './decider.js';
export {
  BEGINNING,
  decodeCursor,
  encodeCursor,
  isBefore,
  LogUnavailable,
  type AppendAnswer,
  type Cursor,
  type EventLog,
  type EventText,
  type LogHorizon,
  type RecordedEvent,
  type StreamAppend,
} from './log.js';
export { type Projection, type Sql, type SqlProjection } from './projection.js';
export { InMemoryLog } from './in-memory.log.js';
export { createHandler, TooManyConflicts, type Handled, type Handler, type Loaded } from './handler.js';
export { LocalHints, type AppendHints } from './hints.js';
export { PostgresLog, type PostgresLogOptions } from './postgres.log.js';
export { openPool, type PoolOptions } from './pool.js';
export { Upcasters, type EventData, type Upcaster } from './upcasters.js';
export { applyRetention, migrate, type Migrated, type MigrateOptions } from './migrate.js';
export { ProjectionRunner, rebuildAll, type ProjectionLag, type ProjectionRunnerOptions } from './projection-runner.js';
export { ReactorRunner, type Reactor, type ReactorRunnerOptions } from './reactor-runner.js';
export { Relay, type EventPublisher, type RelayOptions } from './relay.js';
export { LeaderLock, type LeaderLockOptions } from './advisory-lock.js';
export { int2Array, int4Array, int8Array, textArray, uuidArray } from './binary-arrays.js';
export { eventViewText, toEventView } from './event-view.js';
export { WakeUps } from './wake-ups.js';
