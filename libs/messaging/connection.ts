/** One connection to NATS for each process; it reconnects for as long as the process lives. */
import { connect, type NatsConnection } from 'nats';

export type { NatsConnection } from 'nats';

export interface ConnectOptions {
  /** Comma separated; credentials may be in the URL as user:password or token. */
  url: string;
  /** Shown by the server's own tools. */
  name: string;
}

export function connectNats({ url, name }: ConnectOptions): Promise<NatsConnection> {
  const servers = url.split(',').map((server) => new URL(server.trim()));
  const { username, password } = servers[0]!;
  const user = decodeURIComponent(username);
  const credentials = password ? { user, pass: decodeURIComponent(password) } : user ? { token: user } : {};
  return connect({
    servers: servers.map(({ host }) => host),
    name,
    ...credentials,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 50,
    waitOnFirstConnect: true,
    pingInterval: 10_000,
    noAsyncTraces: true,
  });
}

/** Rejects when the server does not answer now. */
export async function checkNats(connection: NatsConnection): Promise<void> {
  await connection.flush();
}
