/** BullMQ on a Redis of its own: one client process, one worker process of 100 jobs at a time. */
import { ChildProgram } from '../child-program.js';
import { type BatchesOrder, type Contestant, type SinglesOrder, type Timing } from '../contestant.js';
import { nodeProgram } from './node-program.js';
import { type PeerServers, startPeerServers } from './peer-servers.js';

export async function startBullMq(): Promise<Contestant> {
  const servers = await startPeerServers(['redis']);
  const env = { REDIS_URL: servers.redisUrl };
  const worker = await ChildProgram.start(nodeProgram('bullmq-worker', { env }));
  const client = await ChildProgram.start(nodeProgram('bullmq-client', { env }));
  return new BullMq(servers, worker, client);
}

class BullMq implements Contestant {
  readonly name = 'BullMQ';

  constructor(
    private readonly servers: PeerServers,
    private readonly worker: ChildProgram,
    private readonly client: ChildProgram,
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

  /** It does nothing after a result is known. */
  async settled(): Promise<void> {}

  async stop(): Promise<void> {
    await this.client.stop();
    await this.worker.stop();
    await this.servers.stop();
  }
}
