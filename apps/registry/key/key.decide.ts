/** Making and revoking API keys. */
import { type KeyEvent, type KeyId, type Moment, refuse, type Refused, type Scope } from '#contracts';
import { type Decider } from '../../../libs/event-store/decider.js';
import { type Key, noKey } from './key.js';

export type KeyCommand =
  | {
      readonly type: 'CreateKey';
      readonly keyId: KeyId;
      readonly name: string;
      readonly scope: Scope;
      readonly hash: string;
      readonly by: string;
      readonly at: Moment;
    }
  | { readonly type: 'RevokeKey'; readonly keyId: KeyId; readonly by: string; readonly at: Moment };

export const keyDecider: Decider<KeyCommand, Key, KeyEvent> = { initial: noKey, evolve, decide };

function evolve(key: Key, event: KeyEvent): Key {
  switch (event.type) {
    case 'KeyCreated': {
      const { name, scope, hash, at } = event;
      return { status: 'valid', name, scope, hash, createdAt: at, revokedAt: null };
    }
    case 'KeyRevoked':
      return key.status === 'unknown' ? key : { ...key, status: 'revoked', revokedAt: event.at };
  }
}

function decide(command: KeyCommand, key: Key): KeyEvent[] | Refused {
  switch (command.type) {
    case 'CreateKey':
      // An id is used once: a key that is known, or was revoked, stays what it is.
      return key.status === 'unknown' ? [created(command)] : [];
    case 'RevokeKey':
      return revoke(command, key);
  }
}

function created({ keyId, name, scope, hash, by, at }: Extract<KeyCommand, { type: 'CreateKey' }>): KeyEvent {
  return { type: 'KeyCreated', at, keyId, name, scope, hash, by };
}

function revoke({ keyId, by, at }: Extract<KeyCommand, { type: 'RevokeKey' }>, key: Key): KeyEvent[] | Refused {
  if (key.status === 'unknown')
    return refuse('key.unknown', `There is no API key ${keyId}.`, { hint: 'List the keys to see their ids.' });
  return key.status === 'revoked' ? [] : [{ type: 'KeyRevoked', at, keyId, by }];
}
