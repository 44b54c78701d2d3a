/** Makes API keys `tsk_<12 base62>_<32 base62>`: the first part names the key, the second (190 bits) is the secret. */
import { createHash } from 'node:crypto';
import { type KeyId } from '#contracts';

export type RandomBytes = (count: number) => Uint8Array;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 12;
const SECRET_LENGTH = 32;
/** Bytes from here on are thrown away, so that every letter is equally likely. */
const FAIR_BELOW = 256 - (256 % ALPHABET.length);

export function mintKey(random: RandomBytes): string {
  return `tsk_${base62(ID_LENGTH, random)}_${base62(SECRET_LENGTH, random)}`;
}

export function keyIdOf(key: string): KeyId {
  return key.split('_')[1] as KeyId;
}

export function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function base62(length: number, random: RandomBytes): string {
  let text = '';
  while (text.length < length) {
    for (const byte of random(length))
      if (byte < FAIR_BELOW && text.length < length) text += ALPHABET[byte % ALPHABET.length];
  }
  return text;
}
