/** A peer that needs nothing but Postgres: one client program, one worker program. */
import { ChildProgram } from '../child-program.js';
import { type Contestant } from '../contestant.js';
import { NodePeer } from './node-peer.js';
import { nodeProgram } from './node-program.js';
import { startPeerServers } from './peer-servers.js';

export async function startPostgresPeer(name: 'pg-boss' | 'graphile-worker'): Promise<Contestant> {
  const servers = await startPeerServers(['postgres']);
  const options = { env: { DATABASE_URL: servers.databaseUrl }, onNode22: true };
  // The client first: it makes the schema, which two at once would do twice.
  const client = await ChildProgram.start(nodeProgram(`${name}-client`, options));
  const worker = await ChildProgram.start(nodeProgram(`${name}-worker`, options));
  return new NodePeer(name, { servers, client, worker });
}
