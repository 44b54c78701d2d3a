/** Redis must never evict: a queue that loses entries loses time, until the log brings them back. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { readStackState } from '../../../deploy/local/state.js';
import { bad, type Check, note, ok, type Surroundings } from './check.js';

export const redisPolicy: Check = {
  name: 'Redis eviction',
  async look(around) {
    const url = around.env['REDIS_URL'] ?? localUrl(around);
    if (!url) return note('not looked at: no local stack runs, and REDIS_URL is not set', 'tasksmith up');
    const redis = new Redis(url, {
      lazyConnect: true,
      connectTimeout: 3_000,
      maxRetriesPerRequest: 0,
      retryStrategy: null,
    });
    redis.on('error', () => undefined); // what is wrong comes with the rejected call
    try {
      await redis.connect();
      const [, policy = 'unknown'] = (await redis.config('GET', 'maxmemory-policy')) as string[];
      if (policy === 'noeviction') return ok('noeviction');
      return bad(
        `maxmemory-policy is ${policy}`,
        'redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.',
      );
    } catch (error) {
      return bad(
        `Redis does not answer: ${(error as Error).message}`,
        'Check REDIS_URL, or start the local stack with "tasksmith up".',
      );
    } finally {
      redis.disconnect();
    }
  },
};

function localUrl({ home }: Surroundings): string | undefined {
  if (!readStackState(home)) return undefined;
  try {
    const { redis } = JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8')) as { redis: number };
    const { redisPassword } = JSON.parse(readFileSync(join(home, 'secrets.json'), 'utf8')) as { redisPassword: string };
    return `redis://:${redisPassword}@127.0.0.1:${redis}`;
  } catch {
    return undefined;
  }
}
