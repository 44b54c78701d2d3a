/** An API key: who it names, what it may do, and whether it still does. Only its hash is known. */
import { type KeyId, type KeyView, type Moment, type Scope } from '#contracts';

export type Key =
  | { readonly status: 'unknown' }
  | {
      readonly status: 'valid' | 'revoked';
      readonly name: string;
      readonly scope: Scope;
      /** sha256 of the whole key, hex. */
      readonly hash: string;
      readonly createdAt: Moment;
      readonly revokedAt: Moment | null;
    };

export const noKey: Key = { status: 'unknown' };

export function keyViewOf(keyId: KeyId, key: Exclude<Key, { status: 'unknown' }>): KeyView {
  const { name, scope, createdAt, revokedAt } = key;
  return { keyId, name, scope, createdAt, revokedAt };
}
