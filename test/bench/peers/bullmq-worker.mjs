// BullMQ's worker: one process, 100 jobs at a time, as its guide advises for jobs that wait more than they compute.
import { serve } from '../programs/serve.mjs';
import { importPeer } from './peer-packages.mjs';

const { Worker } = await importPeer('bullmq');
const { default: Redis } = await importPeer('ioredis');

const connection = new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
const worker = new Worker('bench', async ({ data: { a, b } }) => a + b, { connection, concurrency: 100 });
await worker.waitUntilReady();

await serve({}, () => worker.close());
