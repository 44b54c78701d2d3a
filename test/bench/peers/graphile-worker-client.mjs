// graphile-worker's client. Results are not kept, so a call is known to have ended when its job is gone from the table.
import { setTimeout as pause } from 'node:timers/promises';
import { batches, singles } from '../programs/loops.mjs';
import { serve } from '../programs/serve.mjs';
import { importPeer } from './peer-packages.mjs';

const { makeWorkerUtils } = await importPeer('graphile-worker');
const { default: pg } = await importPeer('pg');
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });
const utils = await makeWorkerUtils({ pgPool: pool });

const waiting = new Map();
let polling;

await serve(
  {
    singles: singles(async (a, b) => {
      const { id } = await utils.addJob('add', { a, b });
      await endOf(id);
      return a + b;
    }),
    batches: batches(async (pairs) => {
      const jobs = await utils.addJobs(pairs.map(([a, b]) => ({ identifier: 'add', payload: { a, b } })));
      await Promise.all(jobs.map(({ id }) => endOf(id)));
      return pairs.map(([a, b]) => a + b);
    }),
  },
  () => utils.release(),
);

function endOf(id) {
  const ended = new Promise((resolve) => waiting.set(String(id), resolve));
  polling ??= poll().finally(() => (polling = undefined));
  return ended;
}

async function poll() {
  while (waiting.size > 0) {
    const asked = [...waiting.keys()];
    const { rows } = await pool.query(
      'SELECT id::text FROM graphile_worker._private_jobs WHERE id = ANY ($1::bigint[])',
      [asked],
    );
    const left = new Set(rows.map(({ id }) => id));
    for (const id of asked.filter((each) => !left.has(each))) {
      waiting.get(id)();
      waiting.delete(id);
    }
    await pause(5);
  }
}
