/** The Redis protocol between the platform and the workers; docs/worker-protocol.md is its other half. */
export { connectBlocking, type ConnectionSettings, QueueConnection, QueueFailure } from './connection.js';
export { grantLane, type LaneCredentials, laneCredentials, revokeLane } from './credentials.js';
export { aheadKey, DEFAULT_NAMESPACE, epochKey, laneKey, type LaneKey, lanesKey, queuePrefix } from './keys.js';
export { EndingMessage, jobIdOf, JobPayload, Outcome, PassingMessage, Report, WorkerInfo } from './messages.js';
export { type AttemptRef, type MalformedMessage, type OutcomeEntry } from './outcome-entry.js';
export { OutcomeReader, type OutcomeReaderSettings } from './outcome-reader.js';
export {
  type Acknowledgement,
  type CancelAnswer,
  type Expired,
  type JobToPush,
  type LaneBatch,
  type LaneDepth,
  type LaneWorker,
  OUTCOME_GROUP,
  QueueClient,
} from './queue-client.js';
export { problemsOfServer } from './server-check.js';
