import { expect, it } from 'vitest';
import { type DeploymentId, type QueueName } from '#contracts';
import { LaneAccess, type LaneAccessSettings } from './lane-access.js';

it('tells a worker all that docs/worker-protocol.md says it gets, and of Redis only its own user', () => {
  const access = new LaneAccess({
    connection: undefined as unknown as LaneAccessSettings['connection'],
    namespace: 'ts',
    masterSecretHex: 'ab'.repeat(32),
    redis: { host: 'redis', port: 6_380 },
    leaseMs: 4_000,
  });
  const owner = { id: '0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e' as DeploymentId, queue: 'words' as QueueName };
  const settings = access.settingsFor(owner, { concurrency: 3 });
  expect(settings).toMatchObject({
    REDIS_HOST: 'redis',
    REDIS_PORT: '6380',
    TASKSMITH_CONCURRENCY: '3',
    TASKSMITH_LEASE_MS: '4000',
  });
  expect(settings['TASKSMITH_QUEUE_PREFIX']).toContain(`words/${owner.id}`);
  expect(settings['REDIS_USERNAME']).not.toBe('default');
});
