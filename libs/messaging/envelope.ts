/** How an answer travels: a value, a refusal, or word of a failure. */
import { type Refusal } from '#contracts';

export type Envelope =
  { ok: unknown } | { refusal: Refusal } | { failure: { kind: 'unavailable' | 'bug'; message: string } };

/** An error that a later try may not meet, because a server that the answer depends on is away. */
export interface Unavailable {
  readonly unavailable: true;
}

export function isUnavailable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as Partial<Unavailable>).unavailable === true;
}

export function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

export function decode(data: Uint8Array): unknown {
  return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
}
