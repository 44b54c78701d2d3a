import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EndingMessage, jobIdOf, JobPayload, Outcome, PassingMessage, Report } from './messages.js';

interface Golden {
  jobs: { name: string; json: string; jobId: string }[];
  outcomes: { kind: string }[];
  reports: { kind: string }[];
}

const file = new URL('../../test/contract/golden/messages.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;

describe('worker messages', () => {
  it.each(golden.jobs)('reads the golden job "$name" and knows its id', ({ json, jobId }) => {
    const job = JobPayload.parse(JSON.parse(json));
    expect(jobIdOf(job)).toBe(jobId);
    expect(JSON.parse(json)).toMatchObject(job);
  });

  it.each(golden.outcomes)('reads the golden outcome $kind as it is', (outcome) => {
    expect(Outcome.parse(outcome)).toEqual(outcome);
    expect(EndingMessage.parse(outcome)).toEqual(outcome);
    expect(PassingMessage.safeParse(outcome).success).toBe(false);
  });

  it.each(golden.reports)('reads the golden report $kind as it is', (report) => {
    expect(Report.parse(report)).toEqual(report);
    expect(PassingMessage.parse(report)).toEqual(report);
    expect(EndingMessage.safeParse(report).success).toBe(false);
  });

  it('refuses a success without a result', () => {
    expect(Outcome.safeParse({ kind: 'succeeded', durationMs: 1 }).success).toBe(false);
  });

  it('cuts an error that talks too much, and never through the middle of a character', () => {
    const error = { type: 'E', message: 'x'.repeat(1_999) + '🚀'.repeat(10), traceback: 't'.repeat(9_000) };
    const outcome = Outcome.parse({ kind: 'failed', error, retryable: true, durationMs: 1 });
    expect(outcome).toMatchObject({ error: { message: 'x'.repeat(1_999), traceback: 't'.repeat(8_000) } });
  });
});
