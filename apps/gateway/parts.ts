/** Everything the doors of the gateway (REST, MCP, live events) are made from. */
import { type Config } from '#config';
import { type AppendHints, type EventLog, type LogHorizon } from '#event-store';
import { type Clock, newId, type Startable } from '#lifecycle';
import { type Requester } from '#messaging';
import { type HealthCheck, type Logger } from '#observability';
import { type Platform } from '#service';
import { KeyRing } from './auth/index.js';
import { Catalogue, ReadYourWrites } from './catalogue/index.js';
import { LiveFeed } from './live/live-feed.js';
import { RunCalls } from './runs/index.js';

export interface GatewayParts {
  readonly config: Config<'gateway'>;
  readonly namespace: string;
  /** Names this process among all gateways. */
  readonly gatewayId: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly log: EventLog & LogHorizon;
  readonly hints: AppendHints;
  readonly requester: Requester;
  readonly keyRing: KeyRing;
  readonly catalogue: Catalogue;
  readonly runs: RunCalls;
  readonly live: LiveFeed;
  readonly checks: readonly HealthCheck[];
  /** Started in this order before the first request is taken; stopped in the reverse order. */
  readonly startables: readonly Startable[];
}

export function gatewayParts(platform: Platform<'gateway'>): GatewayParts {
  const { config, namespace, logger, clock, hints, notices, checks } = platform;
  const log = platform.log as EventLog & LogHorizon;
  const gatewayId = newId();
  const keyRing = new KeyRing({ log, hints, logger });
  const catalogue = new Catalogue({ log, hints, logger });
  const requester = new ReadYourWrites(platform.requester, catalogue);
  const runs = new RunCalls({ catalogue, requester, notices, gatewayId });
  const live = new LiveFeed({ log, hints, logger });
  const waiting: Startable = { start: () => runs.listen(), stop: () => runs.close() };
  const startables = [keyRing, catalogue, waiting, live];
  const parts = { config: config as Config<'gateway'>, namespace, gatewayId, logger, clock, log, hints };
  return { ...parts, requester, keyRing, catalogue, runs, live, checks, startables };
}
