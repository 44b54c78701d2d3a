// The secrets of a local stack: generated once, kept in a file that only its owner may read.
import { randomBytes, randomInt } from 'node:crypto';
import { type Home } from './home.js';
import { readJson, writePrivateJson } from './private-file.js';

export interface Secrets {
  /** `tsk_<12 base62>_<32 base62>`: an id to look it up by and 190 bits of secret. */
  adminKey: string;
  /** 32 bytes in hex; the Redis credentials of each queue are derived from it. */
  masterSecret: string;
  databaseSuperuserPassword: string;
  databaseOwnerPassword: string;
  databaseServicePassword: string;
  redisPassword: string;
  natsPassword: string;
}

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The secrets of this home, and whether they were made just now: the admin key is shown only then. */
export function openSecrets(home: Home): { secrets: Secrets; isNew: boolean } {
  const known = readJson<Partial<Secrets>>(home.secretsFile) ?? {};
  const secrets = { ...generateSecrets(), ...known };
  const isNew = known.adminKey === undefined;
  if (Object.keys(known).length < Object.keys(secrets).length) writePrivateJson(home.secretsFile, secrets);
  return { secrets, isNew };
}

function generateSecrets(): Secrets {
  return {
    adminKey: `tsk_${randomText(12)}_${randomText(32)}`,
    masterSecret: randomBytes(32).toString('hex'),
    databaseSuperuserPassword: randomText(32),
    databaseOwnerPassword: randomText(32),
    databaseServicePassword: randomText(32),
    redisPassword: randomText(32),
    natsPassword: randomText(32),
  };
}

function randomText(length: number): string {
  return Array.from({ length }, () => base62[randomInt(base62.length)]).join('');
}
