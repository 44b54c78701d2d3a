/** A schema of its own for one test file, migrated, with a role of its own that has the rights of the services. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { migrate } from '#event-store';

export interface PrivateSchema {
  readonly schema: string;
  /** As a service connects: may read and add events, and write views. */
  readonly url: string;
  /** As given, with the schema as search path. */
  readonly ownerUrl: string;
  /** Ends every connection to it first. */
  drop(): Promise<void>;
}

/** `ownerUrl` must be allowed to make roles and schemas. */
export async function createPrivateSchema(ownerUrl: string): Promise<PrivateSchema> {
  const schema = `test_${randomBytes(6).toString('hex')}`;
  const role = `${schema}_service`;
  const password = randomBytes(12).toString('hex');
  const urls = { owner: inSchema(ownerUrl, schema), service: inSchema(ownerUrl, schema, { role, password }) };
  await withClient(ownerUrl, async (client) => {
    await client.query(`CREATE SCHEMA ${schema}; CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
    const { rows } = await client.query<{ name: string }>('SELECT quote_ident(current_database()) AS name');
    await client.query(`GRANT CONNECT ON DATABASE ${rows[0]!.name} TO ${role}`);
  });
  await migrate({ ownerUrl: urls.owner, serviceRole: role, waitMs: 10_000 });
  return { schema, url: urls.service, ownerUrl: urls.owner, drop: () => drop(ownerUrl, schema, role) };
}

function inSchema(ownerUrl: string, schema: string, as?: { role: string; password: string }): string {
  const url = new URL(ownerUrl);
  if (as) Object.assign(url, { username: as.role, password: as.password });
  // The driver decodes %20, but not the + that URLSearchParams writes.
  const others = [...url.searchParams].filter(([name]) => name !== 'options');
  const pairs = [...others, ['options', `-c search_path=${schema}`] as const];
  url.search = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  return url.href;
}

async function drop(ownerUrl: string, schema: string, role: string): Promise<void> {
  await withClient(ownerUrl, async (client) => {
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]);
    await client.query(`DROP SCHEMA ${schema} CASCADE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });
}

/** One at a time: two that grant or revoke rights on one database at once fail. */
async function withClient(url: string, use: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`SELECT pg_advisory_lock(hashtext('private schemas'))`);
    await use(client);
  } finally {
    await client.end();
  }
}
