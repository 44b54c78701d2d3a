/** The Node worker; the same file is the worker and, in its threads, the slots. docs/worker-protocol.md is the contract. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { describeBundle } from './describe.js';
import { BadSettings, bundlePlace, readSettings } from './settings.js';
import { type SlotData } from './slot/messages.js';
import { serveSlot } from './slot/thread.js';
import { bundleOrExit, NodeWorker, say } from './worker.js';

if (!isMainThread) await serveSlot(parentPort!, workerData as SlotData);
else if (process.argv.includes('--describe')) await describeBundle(bundlePlace(process.env));
else await serve();

async function serve(): Promise<void> {
  try {
    const settings = readSettings(process.env);
    new NodeWorker(settings, await bundleOrExit(settings)).start();
  } catch (error) {
    if (!(error instanceof BadSettings)) throw error;
    say(error.message);
    process.exit(2);
  }
}
