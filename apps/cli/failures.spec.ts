import { describe, expect, it } from 'vitest';
import { refusalKinds } from '#contracts';
import { exitCodes, exitOfProblem } from './failures.js';

describe('exit codes', () => {
  it('are the ones that scripts rely on', () => {
    expect(exitCodes).toEqual({
      ok: 0,
      error: 1,
      usage: 2,
      auth: 3,
      notFound: 4,
      runFailed: 5,
      timeout: 6,
      conflict: 7,
      unavailable: 8,
      interrupted: 130,
    });
  });

  it.each([
    ['request.invalid', 'usage'],
    ['arguments.invalid', 'usage'],
    ['auth.missing', 'auth'],
    ['auth.forbidden', 'auth'],
    ['task.unknown', 'notFound'],
    ['task.removed', 'notFound'],
    ['task.not-serving', 'conflict'],
    ['run.already-finished', 'conflict'],
    ['bundle.refused', 'error'],
    ['engine.unreachable', 'unavailable'],
    ['service.unavailable', 'unavailable'],
    ['rate.limited', 'unavailable'],
  ] as const)('of %s is %s', (code, exit) => {
    expect(exitOfProblem(refusalKinds[code].status, code)).toBe(exit);
  });
});
