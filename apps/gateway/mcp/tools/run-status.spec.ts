import { describe, expect, it } from 'vitest';
import { RunStatus } from '#contracts';
import { taskStatusOf } from './run-status.js';

describe('the status of a run', () => {
  it('is told in the words of Celery', () => {
    const told = Object.fromEntries(RunStatus.options.map((status) => [status, taskStatusOf({ status, attempt: 0 })]));
    expect(told).toEqual({
      waiting: 'PENDING',
      running: 'STARTED',
      succeeded: 'SUCCESS',
      failed: 'FAILURE',
      'timed-out': 'FAILURE',
      cancelled: 'REVOKED',
      'dead-lettered': 'FAILURE',
    });
  });

  it('is RETRY between two attempts', () => {
    expect(taskStatusOf({ status: 'waiting', attempt: 1 })).toBe('RETRY');
    expect(taskStatusOf({ status: 'running', attempt: 2 })).toBe('STARTED');
  });
});
