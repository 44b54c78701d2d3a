// pg-boss's client. It has no way to wait for a job's result, so one query each 5 ms asks for the results of all jobs in flight.
import { setTimeout as pause } from 'node:timers/promises';
import { batches, singles } from '../programs/loops.mjs';
import { serve } from '../programs/serve.mjs';
import { importPeer } from './peer-packages.mjs';

const { PgBoss } = await importPeer('pg-boss');
const boss = new PgBoss({ connectionString: process.env.DATABASE_URL, supervise: false, schedule: false, max: 20 });
boss.on('error', (error) => console.error(error));
await boss.start();
await boss.createQueue('bench', { notify: true }).catch(() => undefined);

const waiting = new Map();
let polling;

await serve(
  {
    singles: singles(async (a, b) => resultOf(await boss.send('bench', { a, b }))),
    batches: batches(async (pairs) => {
      const ids = await boss.insert(
        'bench',
        pairs.map(([a, b]) => ({ data: { a, b } })),
        { returnId: true },
      );
      return Promise.all(ids.map(resultOf));
    }),
  },
  () => boss.stop({ graceful: false }),
);

function resultOf(id) {
  const result = new Promise((resolve) => waiting.set(id, resolve));
  polling ??= poll().finally(() => (polling = undefined));
  return result;
}

async function poll() {
  while (waiting.size > 0) {
    const { rows } = await boss
      .getDb()
      .executeSql(
        `SELECT id, output FROM pgboss.job WHERE name = 'bench' AND id = ANY ($1::uuid[]) AND state = 'completed'`,
        [[...waiting.keys()]],
      );
    for (const { id, output } of rows) {
      waiting.get(id)(output?.value ?? output);
      waiting.delete(id);
    }
    await pause(5);
  }
}
