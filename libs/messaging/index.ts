/** NATS: typed requests, wake-ups, and the stream of events for the world outside. */
export { connectNats, checkNats, type NatsConnection } from './connection.js';
export { Answers } from './answers.decorator.js';
export { NatsStrategy } from './nats.strategy.js';
export { NatsRequester, RequestFailed, type Requester, type RequestOptions } from './requester.js';
export { NatsHints } from './hints.js';
export { FinishedNotices, type FinishedRun } from './finished.js';
export { EventStream, type OutgoingMessage } from './event-stream.js';
export { eventStreamName, subjects } from './subjects.js';
export { type Unavailable } from './envelope.js';
