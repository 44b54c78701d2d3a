/** Celery of Debian on a Redis of its own: broker and result backend, prefork with four children, late acknowledgement, -O fair. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { ChildProgram } from '../child-program.js';
import { type Drainable, type SinglesOrder, type Timing } from '../contestant.js';
import { treeOf } from '../process-usage.js';
import { sourceFolder } from '../source-folder.js';
import { systemPython } from './installed.js';
import { type PeerServers, startPeerServers } from './peer-servers.js';

const folder = join(sourceFolder, 'peers');
const workerArguments = [
  ...['-m', 'celery', '-A', 'celery_app', 'worker', '--loglevel', 'warning'],
  ...['--pool', 'prefork', '-c', '4', '-O', 'fair', '--without-gossip', '--without-mingle', '--without-heartbeat'],
];

export async function startCelery(): Promise<Drainable> {
  const servers = await startPeerServers(['redis']);
  const env = { REDIS_URL: servers.redisUrl, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' };
  const worker = spawn(systemPython, workerArguments, { env: { ...process.env, ...env }, stdio: 'ignore' });
  await once(worker, 'spawn');
  const program = { name: 'celery-client', command: systemPython, args: [join(folder, 'celery_client.py')], env };
  const client = await ChildProgram.start(program);
  const celery = new Celery(servers, worker.pid!, client, async () => {
    const ended = worker.exitCode === null && worker.signalCode === null ? once(worker, 'exit') : undefined;
    worker.kill('SIGTERM');
    await Promise.race([ended, pause(8_000, undefined, { ref: false })]);
    if (worker.exitCode === null && worker.signalCode === null) worker.kill('SIGKILL');
  });
  await celery.singles({ runs: 10, inFlight: 1 });
  return celery;
}

class Celery implements Drainable {
  readonly name = 'Celery';
  private readonly redis: Redis;

  constructor(
    private readonly servers: PeerServers,
    private readonly workerPid: number,
    private readonly client: ChildProgram,
    private readonly stopWorker: () => Promise<void>,
  ) {
    this.redis = new Redis(servers.redisUrl);
  }

  processes() {
    return [
      { name: 'client', pid: this.client.pid },
      { name: 'worker', pid: this.workerPid },
      ...this.servers.processes(),
    ];
  }

  singles(order: SinglesOrder): Promise<Timing> {
    return this.client.ask({ do: 'singles', ...order });
  }

  batches(): Promise<Timing> {
    throw new Error('Celery has no batches');
  }

  async settled(): Promise<void> {}

  async fill(tasks: number): Promise<void> {
    await this.client.ask({ do: 'fill', tasks });
  }

  pause(): void {
    for (const pid of treeOf(this.workerPid)) process.kill(pid, 'SIGSTOP');
  }

  resume(): void {
    for (const pid of treeOf(this.workerPid)) process.kill(pid, 'SIGCONT');
  }

  /** With late acknowledgement a task stays among the unacknowledged until its result is stored. */
  async isDrained(): Promise<boolean> {
    const [waiting, unacknowledged] = await Promise.all([this.redis.llen('celery'), this.redis.hlen('unacked')]);
    return waiting === 0 && unacknowledged === 0;
  }

  async verify(): Promise<void> {
    await this.client.ask({ do: 'verify' });
  }

  async stop(): Promise<void> {
    await this.client.stop();
    await this.stopWorker();
    this.redis.disconnect();
    await this.servers.stop();
  }
}
