/** All scenarios, in the order in which they run. B6 needs parts that are not there yet. */
import { singleSubmissions } from './b1-single-submissions.js';
import { batchSubmissions } from './b2-batches.js';
import { cpuPerTask } from './b3-cpu-per-task.js';
import { roundTrip } from './b4-round-trip.js';
import { pythonWorker } from './b5-python-worker.js';
import { growth } from './b7-growth.js';
import { manyWaiting } from './b8-many-waiting.js';
import { wipedRedis } from './b9-wiped-redis.js';
import { rebuildOfViews } from './b10-rebuild.js';
import { memoryOfServices } from './b11-memory.js';
import { coldStart } from './b12-cold-start.js';
import { dockerDeploy } from './b13-docker-deploy.js';
import { mcpCalls } from './b14-mcp.js';
import { liveEvents } from './b15-live-events.js';
import { overload } from './overload.js';
import { type Scenario } from './scenario.js';

export const scenarios: readonly Scenario[] = [
  singleSubmissions,
  batchSubmissions,
  cpuPerTask,
  roundTrip,
  pythonWorker,
  growth,
  manyWaiting,
  wipedRedis,
  rebuildOfViews,
  memoryOfServices,
  coldStart,
  dockerDeploy,
  mcpCalls,
  liveEvents,
  overload,
];
