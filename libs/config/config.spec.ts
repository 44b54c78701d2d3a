import { describe, expect, it } from 'vitest';
import { BadSettings, readConfig } from './index.js';

describe('readConfig', () => {
  it('fills in defaults and converts', () => {
    const config = readConfig({ PORT: '8080', TASKSMITH_ALLOWED_HOSTS: 'a.example, b.example' }, ['gateway']);
    expect(config).toMatchObject({
      PORT: 8080,
      HOST: '127.0.0.1',
      TASKSMITH_NAMESPACE: 'ts',
      TASKSMITH_ALLOWED_HOSTS: ['a.example', 'b.example'],
    });
  });

  it('lists everything that is wrong at once, without telling secrets', () => {
    const read = () => readConfig({ PORT: 'many', DATABASE_URL: 'hunter2' }, ['gateway', 'database', 'nats']);
    expect(read).toThrow(BadSettings);
    expect(read).toThrow(/DATABASE_URL: .*\n.*NATS_URL is not set/s);
    expect(read).not.toThrow(/hunter2/);
  });

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(readConfig({}, ['gateway']))).toBe(true);
  });
});
