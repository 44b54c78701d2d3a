import { describe, expect, it } from 'vitest';
import { type ActiveDeployment, supersededAmong } from './superseded.js';

const deployment = (id: string, activatedAt: number, ...tasks: string[]) =>
  ({ id, activatedAt, tasks }) as unknown as ActiveDeployment;

describe('a deployment that newer ones replace', () => {
  it('is superseded by the newest that serves its task', () => {
    const active = [deployment('c', 3, 'add'), deployment('a', 1, 'add'), deployment('b', 2, 'add')];
    expect(supersededAmong(active)).toEqual([
      { id: 'a', by: 'c' },
      { id: 'b', by: 'c' },
    ]);
  });

  it('stays while it alone serves one of its tasks', () => {
    expect(supersededAmong([deployment('a', 1, 'add', 'sub'), deployment('b', 2, 'add')])).toEqual([]);
  });

  it('is superseded by several together', () => {
    const active = [deployment('a', 1, 'add', 'sub'), deployment('b', 2, 'add'), deployment('c', 3, 'sub')];
    expect(supersededAmong(active)).toEqual([{ id: 'a', by: 'b' }]);
  });
});
