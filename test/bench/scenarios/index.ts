/** All scenarios, in the order in which they run. B6 needs parts that are not there yet. */
import { singleSubmissions } from './b1-single-submissions.js';
import { batchSubmissions } from './b2-batches.js';
import { cpuPerTask } from './b3-cpu-per-task.js';
import { roundTrip } from './b4-round-trip.js';
import { pythonWorker } from './b5-python-worker.js';
import { growth } from './b7-growth.js';
import { wipedRedis } from './b9-wiped-redis.js';
import { rebuildOfViews } from './b10-rebuild.js';
import { memoryOfServices } from './b11-memory.js';
import { mcpCalls } from './b14-mcp.js';
import { type Scenario } from './scenario.js';

export const scenarios: readonly Scenario[] = [
  singleSubmissions,
  batchSubmissions,
  cpuPerTask,
  roundTrip,
  pythonWorker,
  growth,
  wipedRedis,
  rebuildOfViews,
  memoryOfServices,
  mcpCalls,
];
