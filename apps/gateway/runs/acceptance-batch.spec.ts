import { expect, it } from 'vitest';
import { isRefused, type Json, type RunId } from '#contracts';
import { newId } from '#lifecycle';
import { type Requester, type RequestOptions } from '#messaging';
import { type Acceptance, AcceptanceBatch } from './acceptance-batch.js';

const target = { task: 'add', taskVersion: 1, queue: 'q', lane: 'q', deploymentId: null, policies: {} } as never;
const acceptance = (text = ''): Acceptance => ({ target, run: { runId: newId() as RunId, arguments: { text } } });

/** A dispatcher that answers when it is told to. */
function world() {
  const sent: { targets: unknown[]; runs: { runId: RunId }[] }[] = [];
  const patience: RequestOptions[] = [];
  const waiting: { answer: () => void; fail: (error: Error) => void }[] = [];
  const request = (_: unknown, input: (typeof sent)[number], options: RequestOptions) => {
    sent.push(input);
    patience.push(options);
    return new Promise((resolve, reject) => {
      const answers = input.runs.map(({ runId }) => ({ runId, repeated: false }));
      waiting.push({ answer: () => resolve({ answers }), fail: reject });
    });
  };
  const batch = new AcceptanceBatch({ request } as unknown as Requester);
  const answerAll = () => waiting.splice(0).forEach(({ answer }) => answer());
  const failAll = (error: Error) => waiting.splice(0).forEach(({ fail }) => fail(error));
  return { batch, sent, patience, answerAll, failAll };
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

it('sends what comes in one turn together, and what the runs share once', async () => {
  const { batch, sent, answerAll } = world();
  const accepted = [acceptance(), acceptance()].map((one) => batch.accept('key:a', [one]));
  await turn();
  expect(sent).toMatchObject([{ targets: [target], runs: [{ target: 0 }, { target: 0 }] }]);
  answerAll();
  expect(await Promise.all(accepted)).toMatchObject([[{ repeated: false }], [{ repeated: false }]]);
});

it('has a request sent again when a dispatcher must have answered long ago', async () => {
  const { batch, patience, answerAll } = world();
  void batch.accept('key:a', [acceptance()]);
  await turn();
  const { answerMs = 0, times = 1 } = patience[0]!;
  expect(times).toBeGreaterThan(1);
  expect(answerMs / times).toBeGreaterThan(6_000);
  answerAll();
});

it('takes so many runs at once, refuses the others, and takes more as soon as there is room', async () => {
  const { batch, answerAll } = world();
  const accepted = batch.accept(
    'key:a',
    Array.from({ length: 6_000 }, () => acceptance()),
  );
  await turn();
  answerAll();
  const answers = await accepted;
  expect(answers.filter((answer) => isRefused(answer) && answer.refusal.code === 'rate.limited')).toHaveLength(1_000);
  expect(answers.slice(0, 5_000).some(isRefused)).toBe(false);
  const next = batch.accept('key:a', [acceptance()]);
  await turn();
  answerAll();
  expect((await next).some(isRefused)).toBe(false);
});

it('answers in order, what is refused here and what was sent', async () => {
  const { batch, sent, answerAll } = world();
  const [first, tooLarge, last] = [acceptance(), acceptance('x'.repeat(7_000_000)), acceptance()];
  const answers = batch.accept('key:a', [first, tooLarge, last]);
  await turn();
  expect(sent).toMatchObject([{ runs: [{ runId: first.run.runId }, { runId: last.run.runId }] }]);
  answerAll();
  expect(await answers).toMatchObject([
    { runId: first.run.runId },
    { refusal: { code: 'payload.too-large' } },
    { runId: last.run.runId },
  ]);
  expect(await batch.accept('key:a', [])).toEqual([]);
});

it('fails what was asked for together as soon as one request of it fails, and has room again', async () => {
  const { batch, failAll, answerAll } = world();
  const asked = batch.accept(
    'key:a',
    Array.from({ length: 4_999 }, () => acceptance()),
  );
  await turn();
  failAll(new Error('no answer'));
  await expect(asked).rejects.toThrow('no answer');
  const next = batch.accept(
    'key:a',
    Array.from({ length: 5_000 }, () => acceptance()),
  );
  await turn();
  answerAll();
  expect((await next).some(isRefused)).toBe(false);
});

it('refuses arguments that are nested too deeply to be written, and sends the others', async () => {
  const { batch, sent, answerAll } = world();
  let deep: Json = 1;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  const answers = batch.accept('key:a', [{ target, run: { ...acceptance().run, arguments: { deep } } }, acceptance()]);
  await turn();
  answerAll();
  expect(await answers).toMatchObject([{ refusal: { code: 'arguments.invalid' } }, { repeated: false }]);
  expect(sent).toMatchObject([{ runs: [{ arguments: { text: '' } }] }]);
});

it('takes so many bytes at once', async () => {
  const { batch } = world();
  const large = 'x'.repeat(5_000_000);
  for (let n = 0; n < 19; n++) void batch.accept('key:a', [acceptance(large)]);
  expect(await batch.accept('key:a', [acceptance(large)])).toMatchObject([{ refusal: { code: 'rate.limited' } }]);
});

it('takes the end of a run that was sent alone for its acceptance', async () => {
  const { batch, answerAll } = world();
  const lone = acceptance();
  const accepted = batch.accept('key:a', [lone]);
  await turn();
  batch.ended(lone.run.runId);
  expect(await accepted).toEqual([{ runId: lone.run.runId, repeated: false }]);
  answerAll();
  await turn();
  batch.ended(lone.run.runId);
});
