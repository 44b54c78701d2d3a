import { describe, expect, it } from 'vitest';
import { GroupCommit, type GroupCommitOptions, type Member } from './group-commit.js';
import { LogUnavailable } from './index.js';

interface Named extends Member {
  name: string;
}

const member = (name: string, ...streams: string[]): Named => ({ name, streams, size: 1, bytes: 10 });

/** Batches wait until the test ends them. */
function committing(options: Partial<GroupCommitOptions<Named, string>> = {}) {
  const batches: { names: string[]; succeed(): void; fail(error: Error): void }[] = [];
  const commits = new GroupCommit<Named, string>({
    commit: (members) =>
      new Promise((resolve, reject) => {
        const names = members.map(({ name }) => name);
        batches.push({ names, succeed: () => resolve(names.map((name) => `${name} done`)), fail: reject });
      }),
    lanes: 1,
    maxSize: 100,
    maxBytes: 1_000,
    patienceMs: 1_000,
    maxWaitingSize: 1_000,
    ...options,
  });
  const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
  return { commits, batches, turn };
}

describe('group commit', () => {
  it('sends what comes together together, and what comes meanwhile next', async () => {
    const { commits, batches, turn } = committing();
    const first = [commits.add(member('a', '1')), commits.add(member('b', '2'))];
    await turn();
    const second = [commits.add(member('c', '3')), commits.add(member('d', '4'))];
    await turn();
    expect(batches.map(({ names }) => names)).toEqual([['a', 'b']]);
    batches[0]!.succeed();
    expect(await Promise.all(first)).toEqual(['a done', 'b done']);
    await turn();
    expect(batches[1]!.names).toEqual(['c', 'd']);
    batches[1]!.succeed();
    expect(await Promise.all(second)).toEqual(['c done', 'd done']);
  });

  it('never has one stream on the way twice, and keeps its order', async () => {
    const { commits, batches, turn } = committing({ lanes: 2 });
    void commits.add(member('a', '1'));
    void commits.add(member('b', '1', '2'));
    void commits.add(member('c', '2'));
    void commits.add(member('d', '3'));
    await turn();
    expect(batches.map(({ names }) => names)).toEqual([['a', 'd']]);
    batches[0]!.succeed();
    await turn();
    batches[1]!.succeed();
    await turn();
    expect(batches.map(({ names }) => names)).toEqual([['a', 'd'], ['b'], ['c']]);
  });

  it('bounds a batch by size and by bytes', async () => {
    const { commits, batches, turn } = committing({ lanes: 3, maxSize: 3, maxBytes: 20 });
    for (const name of ['a', 'b', 'c', 'd']) void commits.add(member(name, name));
    void commits.add({ ...member('huge', 'huge'), bytes: 9_999 });
    await turn();
    expect(batches.map(({ names }) => names)).toEqual([['a', 'b'], ['c', 'd'], ['huge']]);
  });

  it('goes on after a batch that failed', async () => {
    const { commits, batches, turn } = committing();
    const failed = commits.add(member('a', '1'));
    await turn();
    const next = commits.add(member('b', '1'));
    batches[0]!.fail(new LogUnavailable('gone'));
    await expect(failed).rejects.toThrow('gone');
    await turn();
    batches[1]!.succeed();
    expect(await next).toBe('b done');
  });

  it('refuses with a failed batch those who have waited long behind it', async () => {
    const { commits, batches, turn } = committing({ patienceMs: -1 });
    const calls = [commits.add(member('a', '1'))];
    await turn();
    calls.push(commits.add(member('b', '2')));
    batches[0]!.fail(new LogUnavailable('gone'));
    const answers = await Promise.allSettled(calls);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('gives an error of one member to that member', async () => {
    const commits = new GroupCommit<Named, string>({
      ...{ lanes: 1, maxSize: 9, maxBytes: 99, patienceMs: 1, maxWaitingSize: 9 },
      commit: async () => ['fine', new TypeError('odd')],
    });
    const [fine, odd] = await Promise.allSettled([commits.add(member('a', '1')), commits.add(member('b', '2'))]);
    expect(fine).toMatchObject({ value: 'fine' });
    expect(odd).toMatchObject({ reason: expect.any(TypeError) as unknown });
  });

  it('refuses at the door when too many wait', async () => {
    const { commits } = committing({ maxWaitingSize: 1 });
    void commits.add(member('a', '1'));
    await expect(commits.add(member('b', '2'))).rejects.toThrow(LogUnavailable);
  });
});
