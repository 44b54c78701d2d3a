/** Everything that doctor looks at, in the order of the report. */
import { type Check } from './check.js';
import { disk } from './disk.js';
import { docker } from './docker.js';
import { key, reachable } from './gateway.js';
import { port } from './port.js';
import { node, programChecks } from './programs.js';
import { redisPolicy } from './redis-policy.js';

export { type Check, type Finding, type Surroundings } from './check.js';
export const checks: readonly Check[] = [node, ...programChecks, docker, port, disk, redisPolicy, reachable, key];
