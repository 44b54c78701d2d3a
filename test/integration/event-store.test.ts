import { afterAll, inject } from 'vitest';
import { openPool } from '#event-store';
import { createPrivateSchema, type PrivateSchema } from '#testing';
import { type Pool } from 'pg';
import { conformsToEventLog } from '../../libs/event-store/log.conformance.js';
import { patience, patientLog } from './event-store/world.js';

const worlds: { world: PrivateSchema; pool: Pool }[] = [];
afterAll(async () => {
  for (const { world, pool } of worlds) {
    await pool.end();
    await world.drop();
  }
});

conformsToEventLog('PostgresLog', async () => {
  const world = await createPrivateSchema(inject('databaseUrl'));
  const pool = openPool(world.url, { max: 4, applicationName: 'conformance', ...patience });
  worlds.push({ world, pool });
  return patientLog(pool);
});
