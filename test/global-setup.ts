// One PostgreSQL, Redis and NATS for the whole test run; each test makes its own world inside them.
import { type TestProject } from 'vitest/node';
import { startTestServers } from '../deploy/local/index.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** As superuser, so that a test can make schemas, roles and databases of its own. */
    databaseUrl: string;
    redisUrl: string;
    natsUrl: string;
  }
}

/** Two projects name this file, and vitest runs it for each: they share the servers of the first. */
let shared: { servers: ReturnType<typeof startTestServers>; users: number } | undefined;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared ??= { servers: startTestServers(), users: 0 };
  const mine = shared;
  mine.users++;
  const { urls } = await mine.servers;
  Object.assign(process.env, { DATABASE_URL: urls.databaseSuperuser, REDIS_URL: urls.redis, NATS_URL: urls.nats });
  project.provide('databaseUrl', urls.databaseSuperuser);
  project.provide('redisUrl', urls.redis);
  project.provide('natsUrl', urls.nats);

  return async () => {
    mine.users--;
    if (mine.users > 0) return;
    shared = undefined;
    await (await mine.servers).stop();
  };
}
