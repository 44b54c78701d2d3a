import { describe, expect, it } from 'vitest';
import { BadSettings, readSettings } from './settings.js';

const least = { TASKSMITH_QUEUE_PREFIX: 'ts:{default/1}:' };

describe('settings', () => {
  it('need only the prefix of the lane', () => {
    expect(readSettings(least)).toMatchObject({
      redis: { host: 'localhost', port: 6379, username: null, password: null },
      queuePrefix: 'ts:{default/1}:',
      concurrency: 4,
      leaseMs: 10_000,
      heartbeatMs: 1_000,
      bundleDir: '/app',
      entry: null,
      stopTimeoutMs: 8_000,
    });
  });

  it('are taken from the environment', () => {
    const env = {
      ...least,
      REDIS_HOST: 'redis',
      REDIS_PORT: '7000',
      REDIS_USERNAME: 'lane',
      REDIS_PASSWORD: 'secret',
      TASKSMITH_WORKER_ID: 'w1',
      TASKSMITH_CONCURRENCY: '2',
      TASKSMITH_ENTRY: 'src/main.ts',
      TASKSMITH_SLOT_MEMORY_MB: '128',
    };
    expect(readSettings(env)).toMatchObject({
      redis: { host: 'redis', port: 7000, username: 'lane', password: 'secret' },
      workerId: 'w1',
      concurrency: 2,
      entry: 'src/main.ts',
      slotMemoryMb: 128,
    });
  });

  it('that are wrong are all named at once', () => {
    const read = () => readSettings({ REDIS_PORT: 'x', TASKSMITH_CONCURRENCY: '0', TASKSMITH_LEASE_MS: '1.5' });
    expect(read).toThrow(BadSettings);
    for (const name of ['REDIS_PORT', 'TASKSMITH_CONCURRENCY', 'TASKSMITH_LEASE_MS', 'TASKSMITH_QUEUE_PREFIX']) {
      expect(read).toThrow(name);
    }
  });

  it('are frozen', () => {
    expect(Object.isFrozen(readSettings(least))).toBe(true);
  });
});
