import { describe, expect, it } from 'vitest';
import { type Lane } from '#contracts';
import { laneCredentials } from './credentials.js';

const secret = '00112233445566778899aabbccddeeff';

describe('the credentials of a lane', () => {
  it('follow from the secret and the lane', () => {
    expect(laneCredentials(secret, 'default/a' as Lane)).toEqual(laneCredentials(secret, 'default/a' as Lane));
    expect(laneCredentials(secret, 'default/a' as Lane)).toEqual({
      username: expect.stringMatching(/^lane-[0-9a-f]{16}$/) as string,
      password: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('differ from lane to lane and from secret to secret', () => {
    const { username, password } = laneCredentials(secret, 'default/a' as Lane);
    for (const other of [
      laneCredentials(secret, 'default/b' as Lane),
      laneCredentials(`ff${secret}`, 'default/a' as Lane),
    ]) {
      expect(other.username).not.toBe(username);
      expect(other.password).not.toBe(password);
    }
  });

  it.each(['', 'secret', 'abcd', secret + 'f'])('refuse a secret that is weak or no hexadecimal: %j', (weak) => {
    expect(() => laneCredentials(weak, 'default' as Lane)).toThrow('master secret');
  });
});
