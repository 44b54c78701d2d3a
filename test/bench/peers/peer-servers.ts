/** Servers for a peer alone, with the very settings that Tasksmith's own have: what differs is what runs on them. */
import { startServers } from '../../../deploy/local/index.js';
import { type NamedProcess } from '../process-usage.js';
import { inTemporaryHome } from '../temporary-home.js';

export interface PeerServers {
  redisUrl: string;
  /** As the owner of the database, who may make a schema. */
  databaseUrl: string;
  processes(): NamedProcess[];
  stop(): Promise<void>;
}

const variables = { redis: 'REDIS_URL', postgres: 'DATABASE_URL', nats: 'NATS_URL' } as const;

/** Starts only those named: the others are said to be elsewhere, and nobody asks for them. */
export function startPeerServers(wanted: readonly ('redis' | 'postgres')[]): Promise<PeerServers> {
  const unwanted = (Object.keys(variables) as (keyof typeof variables)[]).filter(
    (name) => !wanted.some((one) => one === name),
  );
  const env = Object.fromEntries(unwanted.map((name) => [variables[name], 'none']));
  return inTemporaryHome(async (home) => {
    const servers = await startServers({ home: home.path, env });
    return {
      redisUrl: servers.urls.redis,
      databaseUrl: servers.urls.databaseSuperuser,
      processes: () => wanted.map((name) => ({ name, pid: servers.embedded[name]!.process.pid! })),
      stop: async () => {
        await servers.stop();
        home.remove();
      },
    };
  });
}
