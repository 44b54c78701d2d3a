/** BullMQ on a Redis of its own: one client process, one worker process of 100 jobs at a time. */
import { ChildProgram } from '../child-program.js';
import { type Contestant } from '../contestant.js';
import { NodePeer } from './node-peer.js';
import { nodeProgram } from './node-program.js';
import { startPeerServers } from './peer-servers.js';

export async function startBullMq(): Promise<Contestant> {
  const servers = await startPeerServers(['redis']);
  const env = { REDIS_URL: servers.redisUrl };
  const worker = await ChildProgram.start(nodeProgram('bullmq-worker', { env }));
  const client = await ChildProgram.start(nodeProgram('bullmq-client', { env }));
  return new NodePeer('BullMQ', { servers, client, worker });
}
