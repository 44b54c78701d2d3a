/** A Redis user for each lane, which can do what a worker of that lane does and nothing else. */
import { createHash, createHmac } from 'node:crypto';
import { type Lane } from '#contracts';
import { type QueueConnection } from './connection.js';
import { queuePrefix } from './keys.js';

export interface LaneCredentials {
  username: string;
  password: string;
}

/** Redis checks what a function does against the rights of its caller, so the commands inside the workers' functions are here too. */
const WORKER_COMMANDS = [
  ...['auth', 'hello', 'ping', 'quit', 'fcall', 'brpop'],
  ...['time', 'hget', 'hmget', 'hset', 'hdel', 'hgetall'],
  ...['zadd', 'zrem', 'zcard', 'zpopmin'],
  ...['srem', 'scard', 'sismember', 'smismember'],
  ...['llen', 'lpush', 'xadd'],
];

/** Derived, so that nothing has to be stored and a lost Redis gets the same users again. A new deployment is a new lane, hence a new user. */
export function laneCredentials(masterSecretHex: string, lane: Lane): LaneCredentials {
  if (!/^(?:[0-9a-f]{2}){16,}$/i.test(masterSecretHex)) {
    throw new Error('the master secret of the lanes must be at least 16 bytes in hexadecimal');
  }
  const derive = (purpose: string) =>
    createHmac('sha256', Buffer.from(masterSecretHex, 'hex')).update(`lane-${purpose}:${lane}`).digest('hex');
  return { username: `lane-${derive('username').slice(0, 16)}`, password: derive('password') };
}

/** Makes the user, or makes it what it should be. Redis forgets users when it restarts without an ACL file: grant again then. */
export async function grantLane(
  connection: QueueConnection,
  namespace: string,
  lane: Lane,
  { username, password }: LaneCredentials,
): Promise<void> {
  // The hash, so that the password is in no slow log and no MONITOR.
  const secret = `#${createHash('sha256').update(password).digest('hex')}`;
  const keys = `~${queuePrefix(namespace, lane)}*`;
  const rules = ['reset', 'on', secret, keys, 'resetchannels', '-@all', ...WORKER_COMMANDS.map((name) => `+${name}`)];
  await connection.attempt(`grant lane ${lane}`, () => connection.redis.call('ACL', 'SETUSER', username, ...rules));
}

/** Removes the user; Redis closes its connections. Revoking twice is not an error. */
export async function revokeLane(connection: QueueConnection, { username }: LaneCredentials): Promise<void> {
  await connection.attempt(`revoke ${username}`, () => connection.redis.call('ACL', 'DELUSER', username));
}
