// graphile-worker's worker, with the settings of its page on performance: 24 jobs at a time, a local queue, completion in batches.
import { serve } from '../programs/serve.mjs';
import { importPeer } from './peer-packages.mjs';

const { Logger, run } = await importPeer('graphile-worker');
const runner = await run({
  preset: {
    worker: {
      connectionString: process.env.DATABASE_URL,
      concurrentJobs: 24,
      maxPoolSize: 25,
      localQueue: { size: 500 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
      logger: new Logger(() => () => {}),
    },
  },
  taskList: { add: async ({ a, b }) => void (a + b) },
});

await serve({}, () => runner.stop());
