// pg-boss's worker: woken by NOTIFY, jobs fetched and completed in batches, each with its result.
import { serve } from '../programs/serve.mjs';
import { importPeer } from './peer-packages.mjs';

const { PgBoss } = await importPeer('pg-boss');
const boss = new PgBoss({ connectionString: process.env.DATABASE_URL, useListenNotify: true, max: 10 });
boss.on('error', (error) => console.error(error));
await boss.start();
await boss.createQueue('bench', { notify: true }).catch(() => undefined);
const options = { batchSize: 1_000, pollingIntervalSeconds: 0.5, perJobResults: true };
await boss.work('bench', options, async (jobs) =>
  jobs.map(({ id, data: { a, b } }) => ({ id, status: 'completed', output: { value: a + b } })),
);

await serve({}, () => boss.stop({ graceful: false }));
