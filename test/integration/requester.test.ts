/** Requests between services, with a real NATS server. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GetRunStatuses } from '#contracts';
import { newId } from '#lifecycle';
import { connectNats, type NatsConnection, NatsRequester, RequestFailed, subjects } from '#messaging';

let asking: NatsConnection;
let answering: NatsConnection;
let namespace: string;
let requester: NatsRequester;

beforeEach(async () => {
  const url = process.env['NATS_URL']!;
  [asking, answering] = await Promise.all([connectNats({ url, name: 'asks' }), connectNats({ url, name: 'answers' })]);
  namespace = `r${newId().slice(-10)}`;
  requester = new NatsRequester(asking, namespace);
});
afterEach(() => Promise.all([asking.close(), answering.close()]));

const ask = (options?: { deadlineMs?: number; answerMs?: number; times?: number }, count = 1) =>
  requester.request(GetRunStatuses, { runIds: Array.from({ length: count }, () => newId() as never) }, options);

async function serve(answer: (asked: { runIds: string[] }) => unknown, afterMs: (count: number) => number = () => 0) {
  answering.subscribe(subjects.request(namespace, GetRunStatuses.pattern), {
    callback: (_, message) => {
      const asked = message.json<{ runIds: string[] }>();
      const reply = () => void message.respond(JSON.stringify(answer(asked)));
      setTimeout(reply, afterMs(asked.runIds.length));
    },
  });
  await answering.flush();
}

const statuses = (asked: { runIds: string[] }) => ({ ok: { statuses: asked.runIds.map(() => 'waiting') } });
const unavailable = { refusal: { code: 'service.unavailable' } };

describe('a request', () => {
  it('gets its own answer, whatever order they come in', async () => {
    await serve(statuses, (count) => 60 - count * 10);
    const answers = await Promise.all([1, 2, 3, 4, 5].map((count) => ask({}, count)));
    expect(answers.map((answer) => 'statuses' in answer && answer.statuses.length)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is refused when nobody answers within its deadline, and answered by whoever comes until then', async () => {
    expect(await ask({ deadlineMs: 200 })).toMatchObject(unavailable);
    const waiting = ask({ deadlineMs: 10_000 });
    await serve(statuses);
    expect(await waiting).toEqual({ statuses: ['waiting'] });
  });

  it('waits longer for whoever has got it than for somebody to get it', async () => {
    await serve(statuses, () => 400);
    expect(await ask({ deadlineMs: 100 })).toMatchObject(unavailable);
    expect(await ask({ deadlineMs: 100, answerMs: 10_000 })).toEqual({ statuses: ['waiting'] });
  });

  it('is sent again when whoever got it does not answer', async () => {
    let got = 0;
    await serve(statuses, () => (++got === 1 ? 60_000 : 0));
    expect(await ask({ answerMs: 400, times: 4 })).toEqual({ statuses: ['waiting'] });
    expect(got).toBe(2);
  });

  it("takes the first of several answers, and the others are nobody else's", async () => {
    let got = 0;
    await serve(
      (asked) => ({ ok: { statuses: asked.runIds.map(() => `answer to ${asked.runIds.length}`) } }),
      (count) => (++got, count === 1 ? 250 : 0),
    );
    expect(await ask({ answerMs: 400, times: 4 }, 1)).toEqual({ statuses: ['answer to 1'] });
    expect(got).toBeGreaterThan(1);
    const next = await Promise.all([2, 3].map((count) => ask({}, count)));
    expect(next.map((answer) => 'statuses' in answer && answer.statuses[0])).toEqual(['answer to 2', 'answer to 3']);
  });

  it('is answered by whoever got it first, also when nobody listens any more', async () => {
    const subscription = answering.subscribe(subjects.request(namespace, GetRunStatuses.pattern), {
      callback: (_, message) => {
        subscription.unsubscribe();
        setTimeout(() => message.respond(JSON.stringify(statuses(message.json()))), 250);
      },
    });
    await answering.flush();
    expect(await ask({ deadlineMs: 100, answerMs: 400, times: 4 })).toEqual({ statuses: ['waiting'] });
  });

  it('is sent no more often than asked', async () => {
    let got = 0;
    await serve(statuses, () => (++got, 60_000));
    expect(await ask({ deadlineMs: 100, answerMs: 400, times: 4 })).toMatchObject(unavailable);
    expect(got).toBe(4);
  });

  it('fails when the service met a bug, or when it is larger than a message may be', async () => {
    await serve(() => ({ failure: { kind: 'bug', message: 'broken' } }));
    await expect(ask()).rejects.toThrow(RequestFailed);
    await expect(ask({}, 300_000)).rejects.toThrow(/MAX_PAYLOAD/);
  });

  it('ends with the connection', async () => {
    await serve(statuses, () => 60_000);
    const waiting = ask({ deadlineMs: 300, answerMs: 60_000 });
    await asking.flush();
    await asking.close();
    expect(await waiting).toMatchObject(unavailable);
  });
});
