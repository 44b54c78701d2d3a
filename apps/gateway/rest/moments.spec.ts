import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Moment, RunView, TaskName } from '#contracts';
import { allRoutes } from './controllers.js';
import { momentRenderer } from './moments.js';

describe('showing moments', () => {
  it('finds them in objects, arrays and behind null', () => {
    const render = momentRenderer(
      z.object({ a: Moment, b: z.array(z.object({ at: Moment.nullable() })), c: z.number() }),
    )!;
    expect(render({ a: 0, b: [{ at: 1_000 }, { at: null }], c: 5 })).toEqual({
      a: '1970-01-01T00:00:00.000Z',
      b: [{ at: '1970-01-01T00:00:01.000Z' }, { at: null }],
      c: 5,
    });
  });

  it('leaves what it was given as it is', () => {
    const given = { a: 0 };
    momentRenderer(z.object({ a: Moment }))!(given);
    expect(given).toEqual({ a: 0 });
  });

  it('says when there is nothing to do', () => {
    expect(momentRenderer(z.object({ task: TaskName }))).toBeUndefined();
  });

  it('leaves numbers of a run alone that are no moments', () => {
    const render = momentRenderer(RunView)!;
    expect(render({ acceptedAt: 0, attempt: 3, result: 0, failures: [{ at: 0, attempt: 1 }] })).toMatchObject({
      attempt: 3,
      result: 0,
      failures: [{ at: '1970-01-01T00:00:00.000Z', attempt: 1 }],
    });
  });

  it('is not ambiguous for any route', () => {
    for (const { route } of allRoutes()) expect(() => momentRenderer(route.output)).not.toThrow();
  });
});
