/** A peer that is a client program and a worker program on servers of their own. */
import { type ChildProgram } from '../child-program.js';
import { type BatchesOrder, type Contestant, type SinglesOrder, type Timing } from '../contestant.js';
import { type PeerServers } from './peer-servers.js';

export class NodePeer implements Contestant {
  constructor(
    readonly name: string,
    private readonly parts: { servers: PeerServers; client: ChildProgram; worker: ChildProgram },
  ) {}

  processes() {
    const { servers, client, worker } = this.parts;
    return [{ name: 'client', pid: client.pid }, { name: 'worker', pid: worker.pid }, ...servers.processes()];
  }

  singles(order: SinglesOrder): Promise<Timing> {
    return this.parts.client.ask({ do: 'singles', ...order });
  }

  batches(order: BatchesOrder): Promise<Timing> {
    return this.parts.client.ask({ do: 'batches', ...order });
  }

  /** None of them does anything after a result is known. */
  async settled(): Promise<void> {}

  async stop(): Promise<void> {
    const { servers, client, worker } = this.parts;
    await client.stop();
    await worker.stop();
    await servers.stop();
  }
}
