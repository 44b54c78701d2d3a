/** A peer that needs nothing but Postgres: one client program, one worker program. */
import { ChildProgram } from '../child-program.js';
import { type BatchesOrder, type Contestant, type SinglesOrder, type Timing } from '../contestant.js';
import { nodeProgram } from './node-program.js';
import { type PeerServers, startPeerServers } from './peer-servers.js';

export async function startPostgresPeer(name: 'pg-boss' | 'graphile-worker'): Promise<Contestant> {
  const servers = await startPeerServers(['postgres']);
  const options = { env: { DATABASE_URL: servers.databaseUrl }, onNode22: true };
  // The client first: it makes the schema, which two at once would do twice.
  const client = await ChildProgram.start(nodeProgram(`${name}-client`, options));
  const worker = await ChildProgram.start(nodeProgram(`${name}-worker`, options));
  return new PostgresPeer(name, servers, client, worker);
}

class PostgresPeer implements Contestant {
  constructor(
    readonly name: string,
    private readonly servers: PeerServers,
    private readonly client: ChildProgram,
    private readonly worker: ChildProgram,
  ) {}

  processes() {
    return [
      { name: 'client', pid: this.client.pid },
      { name: 'worker', pid: this.worker.pid },
      ...this.servers.processes(),
    ];
  }

  singles(order: SinglesOrder): Promise<Timing> {
    return this.client.ask({ do: 'singles', ...order });
  }

  batches(order: BatchesOrder): Promise<Timing> {
    return this.client.ask({ do: 'batches', ...order });
  }

  async settled(): Promise<void> {}

  async stop(): Promise<void> {
    await this.client.stop();
    await this.worker.stop();
    await this.servers.stop();
  }
}
