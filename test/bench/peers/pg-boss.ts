/** pg-boss on a Postgres of its own, with the durability that Tasksmith has: one client process, one worker process, both on Node 22. */
import { type Contestant } from '../contestant.js';
import { startPostgresPeer } from './postgres-peer.js';

export function startPgBoss(): Promise<Contestant> {
  return startPostgresPeer('pg-boss');
}
