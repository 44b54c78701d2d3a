import { afterEach, describe, expect, it, vi } from 'vitest';
import { isRefused, type KeyId } from '#contracts';
import { TaskTools } from '../task-tools/index.js';
import { growingProgress } from './progress.js';
import { type Session } from './session.js';
import { type SessionLimits, Sessions } from './sessions.js';

const catalogue = { all: () => [], onChange: () => () => {}, resolve: async () => ({}) as never };
const made: Sessions[] = [];
afterEach(async () => {
  for (const sessions of made.splice(0)) await sessions.close();
});

function world(limits: Partial<SessionLimits> = {}) {
  const logger = { debug: () => {}, error: () => {} } as never;
  const sessions = new Sessions({
    catalogue,
    logger,
    limits: { maxSessions: 10, maxSessionsPerKey: 10, idleMs: 1_000, sweepMs: 5, ...limits },
  });
  made.push(sessions);
  const isStillAllowed = vi.fn(async () => true);
  const open = async (keyId: string): Promise<Session | 'refused'> => {
    const session = await sessions.create({
      caller: { keyId: keyId as KeyId, name: keyId, scope: 'agent', actor: `key:${keyId}` },
      toolSet: 'native',
      choice: { kind: 'none' },
      taskTools: new TaskTools(catalogue),
      parts: { logger } as never,
      isStillAllowed,
    });
    if (isRefused(session)) return 'refused';
    // What the transport does when the client says hello.
    (session as unknown as { options: { onOpen(session: Session): void } }).options.onOpen(session);
    return session;
  };
  return { sessions, open, isStillAllowed };
}

describe('sessions', () => {
  it('are found by their own key only', async () => {
    const { sessions, open } = world();
    const session = (await open('a')) as Session;
    expect(sessions.find(session.id, 'a')).toBe(session);
    expect(sessions.find(session.id, 'b')).toBeUndefined();
    await session.close();
    expect(sessions.find(session.id, 'a')).toBeUndefined();
  });

  it('make room for a new one by ending the one that was idle longest', async () => {
    const { sessions, open } = world({ maxSessionsPerKey: 2 });
    const first = (await open('a')) as Session;
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = (await open('a')) as Session;
    const third = (await open('a')) as Session;
    expect([first, second, third].map(({ id }) => sessions.find(id, 'a') !== undefined)).toEqual([false, true, true]);
    expect(sessions.size).toBe(2);
  });

  it('are refused when all of them are busy', async () => {
    const { open } = world({ maxSessions: 1 });
    const busy = (await open('a')) as Session;
    Object.defineProperty(busy, 'idleMs', { value: 0 });
    expect(await open('b')).toBe('refused');
  });

  it('end when they are idle for long, or when their key was revoked', async () => {
    const { sessions, open, isStillAllowed } = world({ idleMs: 30 });
    await open('a');
    await vi.waitFor(() => expect(sessions.size).toBe(0), { timeout: 2_000 });
    const { sessions: others, open: openOther, isStillAllowed: allowed } = world({ idleMs: 60_000 });
    await openOther('a');
    allowed.mockResolvedValue(false);
    await vi.waitFor(() => expect(others.size).toBe(0), { timeout: 2_000 });
    expect(isStillAllowed).toBeDefined();
  });
});

describe('progress', () => {
  it('grows with every notification and ends at one', () => {
    const told: number[] = [];
    const tell = growingProgress(({ progress }) => told.push(progress));
    for (const fraction of [null, 0, 0.5, null, 0.25, 2]) tell(fraction, 'x');
    expect([...told].sort((a, b) => a - b)).toEqual(told);
    expect(new Set(told).size).toBe(told.length);
    expect(told[0]).toBe(0);
    expect(told.at(-1)).toBe(1);
  });
});
