/**
 * One leader among all processes, by an advisory lock of a database session on a connection of its own: when the process or the
 * connection dies, the server gives the lock to another.
 * Steps: connect, ask for the lock until it is given, lead until the connection is lost or `stop` is called, begin again.
 * A leader that is cut off learns of it by a heartbeat, so two may be at work for a moment: what they do must bear being done twice.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Pool } from 'pg';
import { type Logger } from '#observability';

export interface LeaderLockOptions {
  /** Only its settings are used; the connection is not taken from it. */
  pool: Pool;
  /** One lock for each name and schema. */
  name: string;
  logger?: Pick<Logger, 'error' | 'info'>;
  /** How often to ask for the lock. Default 250. */
  retryMs?: number;
}

const HEARTBEAT_MS = 1_000;
const HEARTBEAT_TIMEOUT_MS = 2_000;

export class LeaderLock {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private leading = false;

  constructor(private readonly options: LeaderLockOptions) {}

  get isLeader(): boolean {
    return this.leading;
  }

  /**
   * Calls `whileLeader` each time this process becomes the leader. It should go on until its signal is aborted: when it returns, the
   * lock is given up and asked for again. Resolves after `stop`.
   */
  run(whileLeader: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.running) throw new TypeError(`the lock ${this.options.name} is in use already`);
    this.running = this.contend(whileLeader);
    return this.running;
  }

  /** Aborts the leader's work, waits for it, gives up the lock. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async contend(whileLeader: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.session(whileLeader);
      } catch (error) {
        if (!signal.aborted) this.options.logger?.error({ err: error }, `leader of ${this.options.name} failed`);
      }
      await this.rest(signal);
    }
  }

  private async session(whileLeader: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const lost = new AbortController();
    const client = new Client(this.options.pool.options);
    client.on('error', () => lost.abort());
    client.on('end', () => lost.abort());
    const signal = AbortSignal.any([lost.signal, this.stopping.signal]);
    try {
      await client.connect();
      // A server that can no longer reach this process should give the lock away within seconds, not hours.
      await client.query(
        'SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 5000',
      );
      if (await this.obtain(client, signal)) await this.lead(whileLeader, { client, signal, lost });
    } finally {
      await Promise.race([client.end(), pause(HEARTBEAT_TIMEOUT_MS, undefined, { ref: false })]).catch(() => undefined);
    }
  }

  private async obtain(client: Client, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      const { rows } = await client.query<{ obtained: boolean }>({
        text: `SELECT pg_try_advisory_lock(hashtextextended(current_schema() || ' leader ' || $1, 0)) AS obtained`,
        values: [this.options.name],
      });
      if (rows[0]!.obtained) return true;
      await this.rest(signal);
    }
    return false;
  }

  private async lead(
    whileLeader: (signal: AbortSignal) => Promise<void>,
    session: { client: Client; signal: AbortSignal; lost: AbortController },
  ): Promise<void> {
    const { client, signal, lost } = session;
    this.options.logger?.info(`leads ${this.options.name}`);
    this.leading = true;
    const beat = async (): Promise<void> => {
      const query = { text: 'SELECT 1', query_timeout: HEARTBEAT_TIMEOUT_MS };
      await client.query(query).catch(() => lost.abort());
    };
    const heart = setInterval(() => void beat(), HEARTBEAT_MS);
    const notLeading = () => (this.leading = false);
    signal.addEventListener('abort', notLeading);
    try {
      await whileLeader(signal);
    } finally {
      clearInterval(heart);
      signal.removeEventListener('abort', notLeading);
      notLeading();
    }
  }

  private async rest(signal: AbortSignal): Promise<void> {
    await pause(this.options.retryMs ?? 250, undefined, { signal }).catch(() => undefined);
  }
}
