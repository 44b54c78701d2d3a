/**
 * Changes of tables that the services are using. Whoever asks for such a table waits behind the one who waits for the lock, so it waits briefly,
 * gives up, lets the others through and tries again.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Client } from 'pg';

const LOCK_NOT_AVAILABLE = '55P03';
const TRIES = 10;
const PAUSE_MS = 500;

/** The tables were in use all the time, by the rebuild of a view for example. Trying again later helps. */
export class TablesInUse extends Error {
  override readonly name = 'TablesInUse';
}

/** `work` is one transaction, and is begun anew when a lock could not be had. @throws TablesInUse */
export async function withBriefLocks<T>(client: Client, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      await client.query(`BEGIN; SET LOCAL lock_timeout = '1s'`);
      const result = await work();
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
      if (tries === TRIES) throw new TablesInUse('the tables of the log were in use all the time', { cause: error });
      await pause(PAUSE_MS);
    }
  }
}
