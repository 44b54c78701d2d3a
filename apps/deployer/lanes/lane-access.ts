/** What a worker needs to reach its lane of the queue, and nothing else there. */
import { type DeploymentId, type Lane, laneOf, type QueueName } from '#contracts';
import { grantLane, laneCredentials, type QueueConnection, queuePrefix, revokeLane } from '#queue';

export interface LaneAccessSettings {
  connection: QueueConnection;
  namespace: string;
  masterSecretHex: string;
  /** Redis as the workers reach it. */
  redis: { host: string; port: number };
  /** How long a worker holds a job without a heartbeat. */
  leaseMs: number;
}

export interface LaneOwner {
  id: DeploymentId;
  queue: QueueName;
}

export class LaneAccess {
  constructor(private readonly settings: LaneAccessSettings) {}

  /** Redis forgets users when it restarts, so this is said again and again. */
  async grant(owner: LaneOwner): Promise<void> {
    const { connection, namespace, masterSecretHex } = this.settings;
    const lane = laneOf(owner.queue, owner.id);
    await grantLane(connection, namespace, lane, laneCredentials(masterSecretHex, lane));
  }

  async revoke(owner: LaneOwner): Promise<void> {
    const { connection, masterSecretHex } = this.settings;
    await revokeLane(connection, laneCredentials(masterSecretHex, laneOf(owner.queue, owner.id)));
  }

  /** The settings of the worker protocol, docs/worker-protocol.md section 1, that are the same for all replicas. */
  settingsFor(owner: LaneOwner, { concurrency }: { concurrency: number }): Record<string, string> {
    const { namespace, masterSecretHex, redis, leaseMs } = this.settings;
    const lane: Lane = laneOf(owner.queue, owner.id);
    const { username, password } = laneCredentials(masterSecretHex, lane);
    return {
      REDIS_HOST: redis.host,
      REDIS_PORT: String(redis.port),
      REDIS_USERNAME: username,
      REDIS_PASSWORD: password,
      TASKSMITH_QUEUE_PREFIX: queuePrefix(namespace, lane),
      TASKSMITH_CONCURRENCY: String(concurrency),
      TASKSMITH_LEASE_MS: String(leaseMs),
    };
  }
}

export function redisAddressOf(
  url: string,
  { host, port }: { host?: string | undefined; port?: number | undefined } = {},
): { host: string; port: number } {
  const { hostname, port: portOfUrl } = new URL(url);
  return { host: host ?? hostname.replace(/^\[|\]$/g, ''), port: port ?? Number(portOfUrl || 6_379) };
}
