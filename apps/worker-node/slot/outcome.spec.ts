import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cancelled, crashed, failed, succeeded, timedOut } from './outcome.js';

const golden = JSON.parse(
  readFileSync(new URL('../../../test/contract/golden/messages.json', import.meta.url), 'utf8'),
) as { outcomes: { kind: string }[] };
const told = (outcome: string) => JSON.parse(outcome) as Record<string, unknown>;

describe('outcomes', () => {
  it('are those of the golden messages', () => {
    const error = {
      type: 'ValueError',
      message: 'text must not be empty',
      traceback: 'Traceback (most recent call last):\n  ...',
    };
    expect(
      [
        succeeded({ words: 3, top: [['a', 2]], none: null }, 1.25),
        succeeded(undefined, 0),
        failed(error, { isRetryable: true, durationMs: 0.5 }),
        timedOut('soft', 300_000, 300_001.2),
        timedOut('hard', 600_000, 600_010),
        cancelled(5.1),
        crashed('exit code 139 (SIGSEGV)', 5.1),
      ].map(told),
    ).toEqual(golden.outcomes);
  });

  it('refuse a result that JSON cannot hold, and say where', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const results = [10n, cyclic, () => 1, NaN, { a: [1, Infinity] }, { a: { f() {} } }, { m: new Map() }, Symbol('s')];
    for (const result of results) {
      expect(told(succeeded(result, 1))).toMatchObject({
        kind: 'failed',
        error: { type: 'ResultNotSerializable' },
        retryable: false,
      });
    }
    expect(succeeded({ a: [1, Infinity] }, 1)).toContain('result.a[1] is Infinity');
  });

  it('keep what JSON has its own way with', () => {
    const result = { at: new Date(0), gone: undefined, list: [undefined], none: null };
    expect(told(succeeded(result, 1)).result).toEqual({ at: '1970-01-01T00:00:00.000Z', list: [null], none: null });
  });

  it('refuse a result over 1 MiB, counted in bytes', () => {
    const bytes = 1_048_576 - 2;
    expect(told(succeeded('x'.repeat(bytes), 1)).kind).toBe('succeeded');
    expect(told(succeeded('x'.repeat(bytes + 1), 1))).toMatchObject({
      error: { type: 'ResultTooLarge' },
      retryable: false,
    });
    expect(told(succeeded('é'.repeat(bytes / 2 + 1), 1))).toMatchObject({ error: { type: 'ResultTooLarge' } });
  });

  it('shorten long messages and tracebacks', () => {
    const error = { type: 'E', message: 'm'.repeat(9_000), traceback: 't'.repeat(9_000) };
    const { message, traceback } = told(failed(error, { isRetryable: true, durationMs: 0 })).error as Record<
      string,
      string
    >;
    expect([message!.length, traceback!.length]).toEqual([2_000, 8_000]);
  });
});
