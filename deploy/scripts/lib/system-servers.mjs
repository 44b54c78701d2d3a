// The needs for the servers the local stack runs: PostgreSQL, Redis and NATS, unless settings point at others.
import { readdirSync } from 'node:fs';
import { findProgram } from './commands.mjs';

/** One need per server that the environment does not already point at. */
export function systemServers(env = process.env) {
  return [
    !env.DATABASE_URL && serverNeed('PostgreSQL', 'initdb', { apt: ['postgresql'], brew: ['postgresql@17'] }),
    !env.REDIS_URL && serverNeed('Redis', 'redis-server', { apt: ['redis-server'], brew: ['redis'] }),
    !env.NATS_URL && serverNeed('NATS', 'nats-server', { apt: ['nats-server'], brew: ['nats-server'] }),
  ].filter(Boolean);
}

function serverNeed(name, program, packages) {
  return {
    name,
    packages,
    missing: () => (findProgram(program, serverFolders()) ? undefined : `${program} not found`),
  };
}

/** Where packages put servers outside PATH; the newest PostgreSQL first. The local stack looks in the same places. */
export function serverFolders() {
  const versions = (base, pattern) =>
    entries(base)
      .filter((name) => pattern.test(name))
      .sort((a, b) => Number.parseFloat(b.replace(/\D+/, '')) - Number.parseFloat(a.replace(/\D+/, '')))
      .map((name) => `${base}/${name}/bin`);
  return [
    ...versions('/usr/lib/postgresql', /^\d+/),
    ...versions('/opt/homebrew/opt', /^postgresql/),
    ...versions('/usr/local/opt', /^postgresql/),
    '/opt/homebrew/bin',
    '/usr/local/bin',
    '/usr/sbin',
    '/sbin',
  ];
}

function entries(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
