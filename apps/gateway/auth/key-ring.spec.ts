import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isRefused, type KeyEvent, type KeyId, type Scope, streamOf } from '#contracts';
import { InMemoryLog, LocalHints, LogUnavailable } from '#event-store';
import { silentLogger } from '#observability';
import { KeyRing } from './index.js';

const by = 'service:spec';
const id = 'Abcdefghijkl' as KeyId;
const key = `tsk_${id}_${'s'.repeat(32)}`;
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function world() {
  const hints = new LocalHints();
  const log = new InMemoryLog(hints);
  const ring = new KeyRing({ log, hints, logger: silentLogger });
  const create = (scope: Scope = 'agent') => {
    const hash = createHash('sha256').update(key).digest('hex');
    return append(0, { type: 'KeyCreated', at: 1, keyId: id, name: 'mine', scope, hash, by });
  };
  const revoke = () => append(1, { type: 'KeyRevoked', at: 2, keyId: id, by });
  const append = (expectedVersion: number, event: KeyEvent) =>
    log.append([
      { category: 'key', stream: streamOf('key', id), expectedVersion, events: [event], meta: { actor: by } },
    ]);
  const start = async () => {
    await ring.start();
    stops.push(() => ring.stop());
  };
  const codeFor = async (token: string | undefined) => {
    const answer = await ring.authenticate(token);
    return isRefused(answer) ? answer.refusal.code : answer.scope;
  };
  return { log, ring, create, revoke, start, codeFor };
}

describe('the key ring', () => {
  it('knows the keys that the log holds at its start', async () => {
    const { create, start, ring } = await world();
    await create('operator');
    await start();
    expect(await ring.authenticate(key)).toEqual({ keyId: id, name: 'mine', scope: 'operator', actor: `key:${id}` });
  });

  it('finds a key that was made a moment ago', async () => {
    const { create, start, codeFor, log } = await world();
    await start();
    vi.spyOn(log, 'readAll').mockResolvedValue([]);
    await create();
    expect(await codeFor(key)).toBe('agent');
  });

  it('forgets a revoked key', async () => {
    const { create, revoke, start, codeFor } = await world();
    await create();
    await start();
    await revoke();
    await vi.waitFor(async () => expect(await codeFor(key)).toBe('auth.invalid'));
  });

  it('refuses what is missing, malformed, unknown or has another secret', async () => {
    const { create, start, codeFor } = await world();
    await create();
    await start();
    expect(await codeFor(undefined)).toBe('auth.missing');
    expect(await codeFor('Basic abc')).toBe('auth.invalid');
    expect(await codeFor(key.replace('Abc', 'Xyz'))).toBe('auth.invalid');
    expect(await codeFor(`${key}s`)).toBe('auth.invalid');
  });

  it('does not call a key invalid before the registry has made the first one', async () => {
    const { create, start, codeFor } = await world();
    await start();
    expect(await codeFor(key)).toBe('service.unavailable');
    await create();
    expect(await codeFor(key)).toBe('agent');
    expect(await codeFor(key.replace('Abc', 'Xyz'))).toBe('auth.invalid');
  });

  it('does not call a key invalid while the log cannot be read', async () => {
    const { start, codeFor, log } = await world();
    await start();
    vi.spyOn(log, 'readStream').mockRejectedValue(new LogUnavailable('away'));
    expect(await codeFor(key)).toBe('service.unavailable');
  });
});
