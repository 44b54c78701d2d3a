/** One connection to Redis: pipelines commands, reconnects by itself, repeats nothing. */
import { connect, type Socket } from 'node:net';
import { encodeCommand, ReplyError, ReplyReader, type Reply } from './resp.js';

export interface Address {
  host: string;
  port: number;
  username: string | null;
  password: string | null;
}

/** The connection broke before an answer came: the command may or may not have been carried out. */
export class ConnectionLost extends Error {
  override name = 'ConnectionLost';
}

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

const BACKOFF_MS = { first: 50, longest: 2_000 };

export class Connection {
  private socket: Socket | null = null;
  private isReady = false;
  private isClosed = false;
  private backoffMs = BACKOFF_MS.first;
  private retry: NodeJS.Timeout | undefined;
  private waiting: Waiting[] = [];
  private readyWaiters: (() => void)[] = [];

  /** @param silenceMs An answer that takes longer counts as a lost connection: a frozen server looks like that. */
  constructor(
    private readonly address: Address,
    private readonly silenceMs: number,
    private readonly onTrouble: (message: string) => void = () => {},
  ) {
    this.open();
  }

  /** Resolves once commands can be sent; never, after `close`. */
  async ready(): Promise<void> {
    while (!this.isReady) await new Promise<void>((resolve) => this.readyWaiters.push(resolve));
  }

  /** @throws ReplyError, ConnectionLost */
  call(...args: string[]): Promise<Reply> {
    if (!this.isReady) return Promise.reject(new ConnectionLost(`not connected to ${this.place}`));
    return this.send(args);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.retry);
    this.socket?.destroy();
  }

  private get place(): string {
    return `${this.address.host}:${this.address.port}`;
  }

  private send(args: readonly string[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.socket!.write(encodeCommand(args));
    });
  }

  private open(): void {
    const reader = new ReplyReader();
    const socket = connect({ host: this.address.host, port: this.address.port, noDelay: true, keepAlive: true });
    this.socket = socket;
    let cause = 'closed by the server';
    socket.on('connect', () => void this.greet());
    socket.on('data', (chunk: Buffer) => this.receive(reader, chunk));
    socket.on('error', (error) => (cause = error.message));
    socket.on('close', () => this.lost(cause));
    socket.setTimeout(this.silenceMs, () => {
      if (this.waiting.length > 0 || !this.isReady) socket.destroy(new Error(`no answer in ${this.silenceMs} ms`));
    });
  }

  private async greet(): Promise<void> {
    const { username, password } = this.address;
    try {
      if (password !== null) await this.send(['AUTH', ...(username === null ? [] : [username]), password]);
      else await this.send(['PING']);
    } catch (error) {
      this.socket?.destroy(error as Error);
      return;
    }
    this.isReady = true;
    this.backoffMs = BACKOFF_MS.first;
    for (const wake of this.readyWaiters.splice(0)) wake();
  }

  private receive(reader: ReplyReader, chunk: Buffer): void {
    for (const reply of reader.read(chunk)) {
      const waiting = this.waiting.shift();
      if (reply instanceof ReplyError) waiting?.reject(reply);
      else waiting?.resolve(reply);
    }
  }

  private lost(cause: string): void {
    this.isReady = false;
    const error = new ConnectionLost(`lost ${this.place}: ${cause}`);
    for (const { reject } of this.waiting.splice(0)) reject(error);
    if (this.isClosed) return;
    this.onTrouble(`${error.message}; trying again in ${this.backoffMs} ms`);
    this.retry = setTimeout(() => this.open(), this.backoffMs * (0.75 + Math.random() / 2));
    this.backoffMs = Math.min(this.backoffMs * 2, BACKOFF_MS.longest);
  }
}
