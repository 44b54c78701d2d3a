// Starts the three servers of the local stack, or takes the ones that the environment points at.
import { type Home, openHome } from './home.js';
import { type LocalServer, type ServerName, type ServerOptions } from './local-server.js';
import { startNats } from './nats.server.js';
import { type PostgresServer, startPostgres } from './postgres.server.js';
import { startRedis } from './redis.server.js';
import { openSecrets, type Secrets } from './secrets.js';

export interface ServersOptions {
  /** The folder of data, logs and secrets; default TASKSMITH_HOME, else `.tasksmith` in the repository. */
  home?: string;
  /** Where to look for DATABASE_URL, REDIS_URL and NATS_URL of servers of one's own. Default: nowhere, all three are embedded. */
  env?: NodeJS.ProcessEnv;
  /** One more address for Redis to listen on. */
  redisAlsoBind?: string | undefined;
  echo?: boolean;
  onPid?: ServerOptions['onPid'];
  say?: (message: string) => void;
}

export interface Servers {
  urls: {
    /** As the services' role. */
    database: string;
    /** As the owner, for migrations. */
    databaseOwner: string;
    /** As the superuser of the embedded server; the owner's URL when the server is one of one's own. */
    databaseSuperuser: string;
    redis: string;
    nats: string;
  };
  /** The embedded ones, to stop, kill and restart in tests. */
  embedded: Partial<Record<ServerName, LocalServer>>;
  secrets: Secrets;
  home: Home;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

export async function startServers(options: ServersOptions = {}): Promise<Servers> {
  const home = openHome(options.home);
  const { secrets } = openSecrets(home);
  const { env = {}, echo = false, redisAlsoBind: alsoBind } = options;
  const common: ServerOptions = {
    home,
    echo,
    ...(options.onPid && { onPid: options.onPid }),
    ...(options.say && { say: options.say }),
  };

  const started = await Promise.allSettled([
    env['DATABASE_URL'] ? undefined : startPostgres({ ...common, secrets }),
    env['REDIS_URL'] ? undefined : startRedis({ ...common, password: secrets.redisPassword, alsoBind }),
    env['NATS_URL'] ? undefined : startNats({ ...common, password: secrets.natsPassword }),
  ]);
  const [postgres, redis, nats] = started.map((result) => (result.status === 'fulfilled' ? result.value : undefined));
  const embedded = Object.fromEntries(
    Object.entries({ postgres, redis, nats }).filter(([, server]) => server),
  ) as Servers['embedded'];
  const stop = async () => {
    await Promise.all(Object.values(embedded).map((server) => server.process.stop()));
  };

  const failure = started.find((result) => result.status === 'rejected');
  if (failure) {
    await stop();
    throw failure.reason;
  }
  return { urls: urlsOf(env, postgres as PostgresServer | undefined, redis, nats), embedded, secrets, home, stop };
}

function urlsOf(
  env: NodeJS.ProcessEnv,
  postgres: PostgresServer | undefined,
  redis: LocalServer | undefined,
  nats: LocalServer | undefined,
): Servers['urls'] {
  const owner = postgres?.ownerUrl ?? env['DATABASE_OWNER_URL'] ?? env['DATABASE_URL'] ?? '';
  return {
    database: postgres?.url ?? env['DATABASE_URL'] ?? '',
    databaseOwner: owner,
    databaseSuperuser: postgres?.superuserUrl ?? owner,
    redis: redis?.url ?? env['REDIS_URL'] ?? '',
    nats: nats?.url ?? env['NATS_URL'] ?? '',
  };
}
