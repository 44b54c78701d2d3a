import { describe, expect, it } from 'vitest';
import { isRefused, type KeyEvent, type KeyId } from '#contracts';
import { fold } from '../../../libs/event-store/decider.js';
import { keyDecider, type KeyCommand } from './index.js';

const keyId = 'aaaaaaaaaaaa' as KeyId;
const create: KeyCommand = { type: 'CreateKey', keyId, name: 'bot', scope: 'agent', hash: 'ab', by: 'key:root', at: 5 };
const revoke: KeyCommand = { type: 'RevokeKey', keyId, by: 'key:root', at: 9 };
const created: KeyEvent = { type: 'KeyCreated', keyId, name: 'bot', scope: 'agent', hash: 'ab', by: 'key:root', at: 5 };
const revoked: KeyEvent = { type: 'KeyRevoked', keyId, by: 'key:root', at: 9 };

const given = (...events: KeyEvent[]) => ({
  when: (command: KeyCommand) => keyDecider.decide(command, fold(keyDecider, events)),
});

describe('a key', () => {
  it('is created once', () => {
    expect(given().when(create)).toEqual([created]);
    expect(given(created).when(create)).toEqual([]);
  });

  it('is revoked once, for good', () => {
    expect(given(created).when(revoke)).toEqual([revoked]);
    expect(given(created, revoked).when(revoke)).toEqual([]);
    expect(given(created, revoked).when(create)).toEqual([]);
  });

  it('must be known to be revoked', () => {
    const answer = given().when(revoke);
    expect(isRefused(answer) && answer.refusal.code).toBe('key.unknown');
  });
});
