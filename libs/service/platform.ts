/** What every service stands on: settings, logger, database, log and messaging, opened once and handed on. */
import { hostname } from 'node:os';
import { type Pool } from 'pg';
import { type Config, type Slice } from '#config';
import { openPool, PostgresLog, type EventLog } from '#event-store';
import { systemClock, type Clock } from '#lifecycle';
import {
  checkNats,
  connectNats,
  FinishedNotices,
  NatsHints,
  NatsRequester,
  type NatsConnection,
  type Requester,
} from '#messaging';
import { createLogger, type HealthCheck, type Logger } from '#observability';

export type CommonSlice = 'common' | 'database' | 'nats';
export type PlatformConfig<S extends Slice> = Config<S | CommonSlice>;

export interface Platform<S extends Slice = CommonSlice> {
  readonly service: string;
  /** This process among those of the same service. */
  readonly instance: string;
  readonly config: PlatformConfig<S>;
  readonly namespace: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly pool: Pool;
  readonly log: EventLog;
  readonly hints: NatsHints;
  readonly nats: NatsConnection;
  readonly requester: Requester;
  readonly notices: FinishedNotices;
  readonly checks: readonly HealthCheck[];
  close(): Promise<void>;
}

export async function openPlatform<S extends Slice>(
  service: string,
  settings: PlatformConfig<S>,
): Promise<Platform<S>> {
  const config = settings as Config<CommonSlice>;
  const namespace = config.TASKSMITH_NAMESPACE;
  const logger = createLogger({ service, level: config.LOG_LEVEL, pretty: config.LOG_PRETTY });
  const nats = await connectNats({ url: config.NATS_URL, name: `tasksmith-${service}` });
  const pool = openPool(config.DATABASE_URL, {
    max: config.DATABASE_POOL_SIZE,
    applicationName: `tasksmith-${service}`,
    logger,
  });
  const hints = new NatsHints(nats, namespace);
  return {
    service,
    instance: `${hostname()}-${process.pid}`,
    config: settings,
    namespace,
    logger,
    clock: systemClock,
    pool,
    log: new PostgresLog({ pool, hints }),
    hints,
    nats,
    requester: new NatsRequester(nats, namespace),
    notices: new FinishedNotices(nats, namespace),
    checks: [
      { name: 'postgres', check: async () => void (await pool.query('SELECT 1')) },
      { name: 'nats', check: () => checkNats(nats) },
    ],
    close: async () => {
      await nats.drain().catch(() => undefined);
      await pool.end();
    },
  };
}
