// BullMQ's client: add() and addBulk(), with results known through QueueEvents. Finished jobs are kept, as they are unless asked otherwise.
import { batches, singles } from '../programs/loops.mjs';
import { serve } from '../programs/serve.mjs';
import { importPeer } from './peer-packages.mjs';

const { Queue, QueueEvents } = await importPeer('bullmq');
const { default: Redis } = await importPeer('ioredis');

const connect = () => new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
// Several batches in flight make more events than the 10,000 that are kept by default, and a result is known by its event only.
const queue = new Queue('bench', { connection: connect(), streams: { events: { maxLen: 100_000 } } });
const events = new QueueEvents('bench', { connection: connect() });
events.setMaxListeners(0);
await events.waitUntilReady();

/** Results of jobs in bulk: those waited for, and those that came before addBulk answered. */
const waiting = new Map();
const early = new Map();
let bulks = 0;
events.on('completed', ({ jobId, returnvalue }) => {
  if (bulks === 0) return;
  const resolve = waiting.get(jobId);
  if (resolve) resolve(returnvalue);
  else early.set(jobId, returnvalue);
});

await serve(
  {
    singles: singles(async (a, b) => {
      const job = await queue.add('add', { a, b });
      return job.waitUntilFinished(events);
    }),
    batches: batches(async (pairs) => {
      bulks++;
      const jobs = await queue.addBulk(pairs.map(([a, b]) => ({ name: 'add', data: { a, b } })));
      const results = await Promise.all(jobs.map(({ id }) => resultOf(id)));
      bulks--;
      return results;
    }),
  },
  async () => {
    await events.close();
    await queue.close();
  },
);

/** The event carries the value as it was returned, or as JSON, by its type. */
function resultOf(id) {
  const known = early.get(id);
  early.delete(id);
  if (known !== undefined) return Number(known);
  return new Promise((resolve) => {
    waiting.set(id, (value) => {
      waiting.delete(id);
      resolve(Number(value));
    });
  });
}
