import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashOf, keyIdOf, mintKey } from './key-minting.js';

describe('a new API key', () => {
  it('has an id and a secret in base 62', () => {
    const key = mintKey(randomBytes);
    expect(key).toMatch(/^tsk_[0-9A-Za-z]{12}_[0-9A-Za-z]{32}$/);
    expect(key.split('_')[1]).toBe(keyIdOf(key));
    expect(mintKey(randomBytes)).not.toBe(key);
  });

  it('leaves out bytes that would favour some letters', () => {
    let next = 247;
    const key = mintKey((count) => Uint8Array.from({ length: count }, () => next++ % 256));
    expect(key.startsWith('tsk_z0123')).toBe(true); // 247 is the last fair byte; 248 to 255 are passed over
  });

  it('is known by its hash alone', () => {
    expect(hashOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
