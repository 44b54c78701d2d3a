/** The outcomes of docs/worker-protocol.md section 4, as the JSON that Redis gets. */

export const LIMITS = { resultBytes: 1_048_576, messageChars: 2_000, tracebackChars: 8_000 };

export interface FailureText {
  type: string;
  message: string;
  traceback: string;
}

export function succeeded(result: unknown, durationMs: number): string {
  const refused = (type: string, message: string) =>
    failed({ type, message, traceback: '' }, { isRetryable: false, durationMs });
  let json: string | undefined;
  try {
    json = JSON.stringify(result ?? null);
  } catch (error) {
    return refused('ResultNotSerializable', `the result cannot be held by JSON: ${(error as Error).message}`);
  }
  if (json === undefined) return refused('ResultNotSerializable', `the result is a ${typeof result}`);
  if (isLarger(json, LIMITS.resultBytes)) {
    return refused(
      'ResultTooLarge',
      `the result takes ${Buffer.byteLength(json)} bytes as JSON; ${LIMITS.resultBytes} fit`,
    );
  }
  const loss = typeof result === 'object' ? firstLoss(result, 'result') : lossOf(result, 'result');
  if (loss !== null) return refused('ResultNotSerializable', `the result cannot be held by JSON: ${loss}`);
  return `{"kind":"succeeded","result":${json},"durationMs":${rounded(durationMs)}}`;
}

export function failed(
  error: FailureText,
  { isRetryable, durationMs }: { isRetryable: boolean; durationMs: number },
): string {
  const { type, message, traceback } = error;
  return JSON.stringify({
    kind: 'failed',
    error: {
      type,
      message: message.slice(0, LIMITS.messageChars),
      traceback: traceback.slice(0, LIMITS.tracebackChars),
    },
    retryable: isRetryable,
    durationMs: rounded(durationMs),
  });
}

export function timedOut(limit: 'soft' | 'hard', limitMs: number, durationMs: number): string {
  return JSON.stringify({ kind: 'timed-out', limit, limitMs, durationMs: rounded(durationMs) });
}

export function cancelled(durationMs: number): string {
  return JSON.stringify({ kind: 'cancelled', durationMs: rounded(durationMs) });
}

export function crashed(detail: string, durationMs: number): string {
  return JSON.stringify({ kind: 'crashed', detail, durationMs: rounded(durationMs) });
}

/** Counts bytes only where the number of characters leaves it open. */
function isLarger(json: string, bytes: number): boolean {
  if (json.length > bytes) return true;
  return json.length * 3 > bytes && Buffer.byteLength(json) > bytes;
}

/**
 * What `JSON.stringify` would have dropped or blurred without a word: NaN, functions, the members of a Map.
 * Called for values that it has already accepted, so there are no cycles.
 */
function firstLoss(value: object | null, path: string): string | null {
  if (value === null || typeof (value as { toJSON?: unknown }).toJSON === 'function') return null;
  if (value instanceof Map || value instanceof Set) return `${path} is a ${value.constructor.name}`;
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    const place = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    const loss = typeof member === 'object' ? firstLoss(member, place) : lossOf(member, place);
    if (loss !== null) return loss;
  }
  return null;
}

function lossOf(value: unknown, path: string): string | null {
  if (typeof value === 'number' && !Number.isFinite(value)) return `${path} is ${value}`;
  return typeof value === 'function' || typeof value === 'symbol' ? `${path} is a ${typeof value}` : null;
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
