/** Reading a service's views through TypeORM. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { DataSource, type EntitySchema } from 'typeorm';
import { isUnavailable } from '../event-store/database-errors.js';

export interface ViewsOptions {
  url: string;
  entities: readonly (EntitySchema | (new () => object))[];
  /** Connections at most. Default 4. */
  max?: number;
}

/** How long a service that starts waits for a database that does not answer yet, or is too busy to. */
const START_WITHIN_MS = 30_000;

/** With the same time limits as the pool of the service, so that later an outage is noticed and not waited for. */
export async function openViews({ url, entities, max = 4 }: ViewsOptions): Promise<DataSource> {
  const views = new DataSource({
    type: 'postgres',
    // TypeORM would load it by its name, a second time where it is bundled.
    driver: pg,
    extra: {
      connectionString: url,
      max,
      connectionTimeoutMillis: 2_000,
      statement_timeout: 5_000,
      keepAlive: true,
    },
    entities: [...entities],
    installExtensions: false,
  });
  const deadline = performance.now() + START_WITHIN_MS;
  while (!views.isInitialized) {
    await views.initialize().catch(async (error: unknown) => {
      if (!isUnavailable(error) || performance.now() > deadline) throw error;
      await pause(250);
    });
  }
  return views;
}

/** The views cannot be read now; what they hold is not known. */
export class ViewsUnavailable extends Error {
  override readonly name = 'ViewsUnavailable';
  readonly unavailable = true;
}

/** Reads, and tells an outage from a bug, so that callers hear "unavailable" and never a false "unknown". */
export async function readViews<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const cause = (error as { driverError?: unknown }).driverError ?? error;
    if (!isUnavailable(cause)) throw error;
    throw new ViewsUnavailable(`the views cannot be read: ${String(cause)}`, { cause: error });
  }
}
