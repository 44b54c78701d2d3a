/** graphile-worker on a Postgres of its own, with the durability that Tasksmith has: one client process, one worker process, both on Node 22. */
import { type Contestant } from '../contestant.js';
import { startPostgresPeer } from './postgres-peer.js';

export function startGraphileWorker(): Promise<Contestant> {
  return startPostgresPeer('graphile-worker');
}
