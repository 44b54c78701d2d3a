// PostgreSQL as a child of the local stack, with the three roles that Tasksmith uses.
import { appendFileSync, chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { findProgram } from './find-program.js';
import { type LocalServer, type ServerOptions } from './local-server.js';
import { portFor } from './ports.js';
import { preparePostgresFolder } from './postgres-folder.js';
import { here } from './repository-root.js';
import { type Secrets } from './secrets.js';
import { SupervisedProcess } from './supervised-process.js';
import { type SystemUser, userInsteadOfRoot } from './system-user.js';

export interface PostgresOptions extends ServerOptions {
  secrets: Secrets;
  port?: number;
}

export interface PostgresServer extends LocalServer {
  /** The role of the services: what it may do is granted by the migrations. */
  url: string;
  /** The role that owns the database and migrates it. */
  ownerUrl: string;
  /** For tests and repairs only. */
  superuserUrl: string;
  dataFolder: string;
}

const database = 'tasksmith';
const ownerRole = 'tasksmith_owner';
const serviceRole = 'tasksmith_service';

export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { home, secrets } = options;
  const user = userInsteadOfRoot();
  const folder = await preparePostgresFolder({
    home,
    user,
    superuserPassword: secrets.databaseSuperuserPassword,
    say: options.say,
  });
  const port = options.port ?? (await portFor('postgres', home));
  writeSettings(folder, port, user);

  const urlOf = (role: string, password: string, name = database) =>
    `postgres://${role}:${password}@127.0.0.1:${port}/${name}`;
  const superuser = (name?: string) => urlOf('postgres', secrets.databaseSuperuserPassword, name);
  const process = new SupervisedProcess({
    name: 'postgres',
    command: findProgram('postgres'),
    args: ['-D', folder],
    env: { PATH: globalThis.process.env['PATH'], LC_ALL: 'C' },
    cwd: folder,
    logFile: join(home.logs, 'postgres.log'),
    ...(user && { user: { uid: user.uid, gid: user.gid } }),
    echo: options.echo ?? false,
    isReady: () => answers(superuser('postgres')),
    readyTimeoutMs: 60_000,
    // "Fast": sessions are ended, data are flushed, which a slow disk makes long. SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
    stopTimeoutMs: 60_000,
    // "Immediate": its other processes end, too. After SIGKILL they would live on, and with them no other server starts on its folder.
    abortSignal: 'SIGQUIT',
    onPid: (pid) => options.onPid?.('postgres', pid),
    onRestart: (why) => options.say?.(`PostgreSQL: ${why}; starting it again`),
  });
  await process.start();
  await createRoles(superuser('postgres'), secrets);
  await createExtensions(superuser());
  return {
    url: urlOf(serviceRole, secrets.databaseServicePassword),
    ownerUrl: urlOf(ownerRole, secrets.databaseOwnerPassword),
    superuserUrl: superuser(),
    dataFolder: folder,
    port,
    process,
  };
}

/** Our settings are a file of their own, which PostgreSQL's own settings include at their end. */
function writeSettings(folder: string, port: number, user: SystemUser | undefined): void {
  const file = join(folder, 'tasksmith.conf');
  const own = [
    `port = ${port}`,
    ...(hasStatementStatistics() ? [`shared_preload_libraries = 'pg_stat_statements'`] : []),
  ];
  writeFileSync(file, `${readFileSync(join(here, 'postgres.conf'), 'utf8')}\n# Of this home\n${own.join('\n')}\n`);
  if (user) chownSync(file, user.uid, user.gid);
  const main = join(folder, 'postgresql.conf');
  const include = `include 'tasksmith.conf'`;
  if (!readFileSync(main, 'utf8').includes(include)) appendFileSync(main, `\n${include}\n`);
}

function hasStatementStatistics(): boolean {
  const base = join(dirname(findProgram('postgres')), '..', 'lib');
  return [base, join(base, 'postgresql')].some((folder) =>
    ['so', 'dylib'].some((ending) => existsSync(join(folder, `pg_stat_statements.${ending}`))),
  );
}

async function answers(url: string): Promise<boolean> {
  return withClient(url, async (client) => (await client.query('select 1')).rowCount === 1);
}

async function createRoles(url: string, secrets: Secrets): Promise<void> {
  await withClient(url, async (client) => {
    await createRole(client, ownerRole, secrets.databaseOwnerPassword);
    await createRole(client, serviceRole, secrets.databaseServicePassword);
    const known = await client.query('select from pg_database where datname = $1', [database]);
    if (known.rowCount === 0) await client.query(`create database ${database} owner ${ownerRole}`);
    await client.query(`revoke all on database ${database} from public`);
    await client.query(`grant connect on database ${database} to ${serviceRole}`);
  });
}

async function createRole(client: pg.Client, role: string, password: string): Promise<void> {
  const known = await client.query('select from pg_roles where rolname = $1', [role]);
  const verb = known.rowCount === 0 ? 'create' : 'alter';
  await client.query(`${verb} role ${role} login password ${client.escapeLiteral(password)}`);
}

async function createExtensions(url: string): Promise<void> {
  if (!hasStatementStatistics()) return;
  await withClient(url, (client) => client.query('create extension if not exists pg_stat_statements'));
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // The server may end the session while it starts; the query then fails, which is all that matters here.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
