/** The functions of docs/worker-protocol.md, for one worker in one lane. */
import { type Connection } from './connection.js';
import { ReplyError, type Reply } from './resp.js';

export interface ClaimedJob {
  id: string;
  payload: string;
}

export interface SettledJob {
  id: string;
  outcome: string;
}

export interface JobReport {
  id: string;
  report: string;
}

export interface LaneOptions {
  prefix: string;
  workerId: string;
  leaseMs: number;
}

const FUNCTION_RETRY_MS = 200;
const WAKE_WAIT_S = 2;

export class Lane {
  private readonly lease: string;

  constructor(
    private readonly redis: Connection,
    private readonly options: LaneOptions,
  ) {
    this.lease = String(options.leaseMs);
  }

  ready(): Promise<void> {
    return this.redis.ready();
  }

  /** Settles `settled`, then claims up to `want` jobs. */
  async work(settled: readonly SettledJob[], want: number): Promise<{ late: string[]; claimed: ClaimedJob[] }> {
    const args = [this.lease, String(want)];
    for (const { id, outcome } of settled) args.push(id, outcome);
    const [late, claimed] = (await this.call('ts_work', args)) as [string[], string[]];
    return { late, claimed: jobsIn(claimed) };
  }

  async heartbeat(info: string, jobIds: readonly string[]): Promise<{ lost: string[]; cancelled: string[] }> {
    const [lost, cancelled] = (await this.call('ts_heartbeat', [this.lease, info, ...jobIds])) as [string[], string[]];
    return { lost, cancelled };
  }

  async report(reports: readonly JobReport[]): Promise<void> {
    await this.call(
      'ts_report',
      reports.flatMap(({ id, report }) => [id, report]),
    );
  }

  async release(jobIds: readonly string[]): Promise<void> {
    await this.call('ts_release', jobIds);
  }

  async leave(): Promise<void> {
    await this.call('ts_leave', []);
  }

  /** Blocks `waker`, a connection of its own, until there may be something to claim. */
  async wake(waker: Connection): Promise<void> {
    await waker.ready();
    await waker.call('BRPOP', `${this.options.prefix}wake`, String(WAKE_WAIT_S));
  }

  /** A Redis that has just been restarted knows no functions until the platform has loaded them again. */
  private async call(name: string, args: readonly string[]): Promise<Reply> {
    for (;;) {
      try {
        return await this.redis.call('FCALL', name, '1', this.options.prefix, this.options.workerId, ...args);
      } catch (error) {
        if (!isFunctionMissing(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, FUNCTION_RETRY_MS));
      }
    }
  }
}

function jobsIn(flat: readonly string[]): ClaimedJob[] {
  const jobs: ClaimedJob[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) jobs.push({ id: flat[i]!, payload: flat[i + 1]! });
  return jobs;
}

function isFunctionMissing(error: unknown): boolean {
  return error instanceof ReplyError && /function not found/i.test(error.message);
}
