/** Whether this Redis can be trusted with queues. */
import { type QueueConnection } from './connection.js';

/** What is wrong with the server, in words for an operator; empty when nothing is. */
export async function problemsOfServer(connection: QueueConnection): Promise<string[]> {
  const info = await connection.attempt('read INFO', () => connection.redis.info());
  const version = /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown';
  const policy = /maxmemory_policy:(\S+)/.exec(info)?.[1] ?? 'noeviction';
  const problems: string[] = [];
  if (!(Number.parseInt(version, 10) >= 7)) {
    problems.push(`Redis ${version} has no functions: use 7.0 or newer`);
  }
  if (policy !== 'noeviction') {
    problems.push(
      `Redis evicts keys when it is full (maxmemory-policy ${policy}), which loses jobs: set it to noeviction`,
    );
  }
  return problems;
}
