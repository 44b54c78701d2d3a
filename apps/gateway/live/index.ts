/** Events as they happen. */
export { matches, type EventFilter } from './event-filter.js';
export { EventStreams } from './event-streams.js';
export { eventView, LiveFeed, type Listener, type LiveEvent } from './live-feed.js';
