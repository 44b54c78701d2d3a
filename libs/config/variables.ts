/** Every environment variable once: shape, default, meaning. `docs/configuration.md` and `.env.example` are generated from here. */
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const count = z.coerce.number().int().min(1);
const ms = z.coerce.number().int().min(1);
/** Two heartbeats may be lost. */
const LEAST_LEASE_MS = 3_000;
const flag = z.enum(['0', '1', 'true', 'false']).transform((text) => text === '1' || text === 'true');
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);

const variable = <T extends z.ZodType>(schema: T, meaning: string, { secret = false } = {}) => ({
  schema,
  meaning,
  secret,
});

/** Grouped in slices; a service reads the slices that it needs. */
export const variables = {
  common: {
    TASKSMITH_NAMESPACE: variable(
      z
        .string()
        .regex(/^[a-z][a-z0-9-]{0,30}$/)
        .default('ts'),
      'Prefix of NATS subjects and Redis keys, so that several stacks can share servers.',
    ),
    LOG_LEVEL: variable(
      z
        .string()
        .toLowerCase()
        .pipe(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']))
        .default('info'),
      'Least level that is logged.',
    ),
    LOG_PRETTY: variable(flag.default(false), 'Logs for people instead of one JSON object a line.'),
    HEALTH_HOST: variable(z.string().default('127.0.0.1'), 'Address on which a service answers /health.'),
    HEALTH_PORT: variable(port.default(0), 'Port on which a service answers /health; 0 takes any free one.'),
  },
  database: {
    DATABASE_URL: variable(z.url(), 'PostgreSQL, as the role of the services, which may only insert and read events.', {
      secret: true,
    }),
    DATABASE_POOL_SIZE: variable(count.min(2).default(10), 'Connections that one service keeps at most, 2 at least.'),
  },
  owner: {
    DATABASE_OWNER_URL: variable(z.url(), 'PostgreSQL, as the owner of the schema; only the migrate step uses it.', {
      secret: true,
    }),
    DATABASE_SERVICE_ROLE: variable(
      z.string().default('tasksmith_service'),
      'Role that the migrate step grants the rights of the services.',
    ),
    DATABASE_SERVICE_PASSWORD: variable(
      z.string().min(16).optional(),
      'When given, the migrate step makes that role with this password.',
      { secret: true },
    ),
    TASKSMITH_RUN_RETENTION_DAYS: variable(
      z.coerce.number().int().min(0).default(90),
      'Days for which a run is kept at least; whole months are dropped once every run in them has ended. 0 keeps all.',
    ),
  },
  nats: {
    NATS_URL: variable(z.string().min(1), 'NATS server or servers, comma separated, credentials included.', {
      secret: true,
    }),
  },
  relay: {
    TASKSMITH_EVENT_STREAM_MAX_BYTES: variable(
      count.default(1_000_000_000),
      'Size at which the JetStream stream of events loses its oldest, before they are a week old; some 1,100 bytes a run. The NATS server must have that much room.',
    ),
  },
  redis: {
    REDIS_URL: variable(z.string().min(1), 'Redis, as a user that may do everything under the namespace.', {
      secret: true,
    }),
  },
  gateway: {
    HOST: variable(z.string().default('127.0.0.1'), 'Address on which the gateway listens.'),
    PORT: variable(port.default(7070), 'Port on which the gateway listens.'),
    PUBLIC_URL: variable(
      z.url().optional(),
      'URL under which callers reach the gateway, when it is not http://HOST:PORT.',
    ),
    TASKSMITH_ALLOWED_HOSTS: variable(
      list.default([]),
      'Further Host header values that are accepted, comma separated.',
    ),
    TASKSMITH_ALLOWED_ORIGINS: variable(list.default([]), 'Origins that browsers may call from, comma separated.'),
    TASKSMITH_BODY_LIMIT_BYTES: variable(count.default(8_000_000), 'Largest request body.'),
  },
  keys: {
    TASKSMITH_ADMIN_KEY: variable(
      z
        .string()
        .regex(/^tsk_[0-9A-Za-z]{12}_[0-9A-Za-z]{27,}$/)
        .optional(),
      'API key with scope admin that is registered (hashed) at start.',
      { secret: true },
    ),
  },
  secrets: {
    TASKSMITH_MASTER_SECRET: variable(
      z.string().regex(/^[0-9a-f]{64}$/),
      '32 bytes in hex from which the Redis credentials of each lane are derived.',
      { secret: true },
    ),
  },
  dispatcher: {
    TASKSMITH_SWEEP_MS: variable(
      ms.default(1_000),
      'Time between sweeps for overdue leases, due runs and jobs that Redis lost.',
    ),
  },
  deployer: {
    TASKSMITH_WORKER_HOST: variable(z.enum(['docker', 'process']).default('process'), 'Where workers run.'),
    TASKSMITH_DATA_DIR: variable(z.string().default('.tasksmith/data'), 'Folder for files that a service keeps.'),
    DEPLOYMENT_BASE_PATH: variable(
      z.string().optional(),
      'Folder of deployment folders; default `deployments` in the data folder.',
    ),
    TASKSMITH_BUNDLE_FOLDERS: variable(
      list.default([]),
      'Folders from which code_folder_path may be read on this host, comma separated.',
    ),
    DOCKER_HOST: variable(z.string().optional(), 'Docker engine; default its local socket.'),
    TASKSMITH_WORKER_NETWORK: variable(
      z.string().default('tasksmith-workers'),
      'Internal Docker network of the workers.',
    ),
    TASKSMITH_WORKER_REDIS_HOST: variable(
      z.string().optional(),
      'Redis as worker containers reach it; default the host in REDIS_URL.',
    ),
    TASKSMITH_WORKER_REDIS_PORT: variable(port.optional(), 'Its port; default the port in REDIS_URL.'),
    TASKSMITH_PYTHON_IMAGE: variable(z.string().default('python:3.12-slim'), 'Base image of Python workers.'),
    TASKSMITH_NODE_IMAGE: variable(z.string().default('node:22-slim'), 'Base image of Node workers.'),
    TASKSMITH_PYTHON: variable(z.string().default('python3'), 'Python interpreter of process workers.'),
    TASKSMITH_LEASE_MS: variable(
      ms.min(LEAST_LEASE_MS).default(10_000),
      'How long a worker holds a job without a heartbeat, of which it sends one a second. Another attempt begins after that.',
    ),
    TASKSMITH_WORKER_MEMORY_MB: variable(count.default(512), 'Memory limit of a worker container.'),
    TASKSMITH_WORKER_CPUS: variable(z.coerce.number().positive().default(1), 'CPU limit of a worker container.'),
    TASKSMITH_WORKER_PIDS: variable(count.default(256), 'Process limit of a worker container.'),
    TASKSMITH_STOP_WORKERS: variable(
      flag.default(false),
      'Whether workers end with the deployer; the local stack says so, a production one does not.',
    ),
    TASKSMITH_BUNDLE_MAX_BYTES: variable(count.default(20_000_000), 'Largest bundle, unpacked.'),
  },
} as const;

export type Variables = typeof variables;
export type Slice = keyof Variables;
