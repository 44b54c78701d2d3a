import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Lane } from '#contracts';
import { parseEntry } from './outcome-entry.js';

const lane = 'default' as Lane;
const run = '0192f0c1-7e1a-7c3e-9d4e-2f6a1b0c8d7e';
const parseAll = (fields: Record<string, string>) => parseEntry(lane, '1760000000000-0', Object.entries(fields).flat());
const parse = (fields: Record<string, string>) => parseAll({ jobs: `${run}.1`, worker: 'w', at: '5', ...fields })[0]!;

describe('an entry of the outcome stream', () => {
  it('names the attempts it speaks of', () => {
    expect(parse({ jobs: `${run}.1,${run}.12`, message: '{"kind":"started"}' })).toEqual({
      lane,
      entryId: '1760000000000-0',
      jobs: [
        { runId: run, attempt: 1, jobId: `${run}.1` },
        { runId: run, attempt: 12, jobId: `${run}.12` },
      ],
      worker: 'w',
      at: 5,
      late: false,
      endsLease: false,
      message: { kind: 'started' },
    });
  });

  it('speaks of jobs one by one, each with a message of its own', () => {
    const entries = parseAll({
      ...{ worker: 'w', at: '5', ends: '1' },
      [`${run}.1`]: '{"kind":"cancelled","durationMs":1}',
      [`${run}.2`]: 'nonsense',
    });
    expect(entries).toMatchObject([
      { jobs: [{ runId: run, attempt: 1 }], endsLease: true, worker: 'w', at: 5, message: { kind: 'cancelled' } },
      { jobs: [{ runId: run, attempt: 2 }], endsLease: true, message: { kind: 'malformed' } },
    ]);
  });

  it('is not what a worker that settles jobs of odd names makes of it', () => {
    const late = ['worker', 'w', 'at', '5', 'ends', '1', 'late', '1', 'late', '0', 'worker', 'other', 'x', '{}'];
    expect(parseEntry(lane, '1-0', late)).toMatchObject([{ worker: 'w', late: true, message: { kind: 'malformed' } }]);
  });

  it('is late when the worker no longer held the job', () => {
    const message = '{"kind":"cancelled","durationMs":1}';
    expect(parse({ ends: '1', late: '1', message })).toMatchObject({ late: true, endsLease: true });
  });

  it.each([
    ['no JSON', { ends: '1', message: '{' }],
    ['no kind that is known', { ends: '1', message: '{"kind":"exploded"}' }],
    ['a report where an outcome belongs', { ends: '1', message: '{"kind":"started"}' }],
    ['an outcome where a report belongs', { message: '{"kind":"crashed","detail":"","durationMs":1}' }],
    ['a job id that is none', { jobs: 'x.1', message: '{"kind":"started"}' }],
    ['attempt 0', { jobs: `${run}.0`, message: '{"kind":"started"}' }],
  ])('is malformed with %s', (_, fields) => {
    const entry = parse(fields as Record<string, string>);
    expect(entry.message).toMatchObject({ kind: 'malformed', reason: expect.any(String) as string });
    expect(entry.endsLease).toBe('ends' in fields);
  });

  it('takes its moment from its id when a worker wrote none', () => {
    expect(parse({ at: 'noon', message: '{"kind":"started"}' }).at).toBe(1_760_000_000_000);
  });

  it('never throws, whatever a worker has written', () => {
    const field = fc.oneof(fc.constantFrom('jobs', 'ends', 'late', 'message', '__proto__', `${run}.1`), fc.string());
    const value = fc.oneof(fc.json(), fc.string(), fc.constant(`${run}.1`));
    fc.assert(
      fc.property(fc.array(fc.tuple(field, value)), (fields) => {
        expect(parseEntry(lane, '1-0', fields.flat())[0]!.lane).toBe(lane);
      }),
    );
  });
});
