// Calls Tasksmith over REST, on connections that stay open.
// Settings: TASKSMITH_API (http://host:port/api/v1), TASKSMITH_KEY, TASK (the task to call).
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { batches, singles } from './loops.mjs';
import { openConnections } from './http-post.mjs';
import { serve } from './serve.mjs';

const { origin, pathname } = new URL(process.env.TASKSMITH_API);
const task = process.env.TASK;
const connections = await openConnections(origin);
const headers = { authorization: `Bearer ${process.env.TASKSMITH_KEY}`, 'content-type': 'application/json' };
const waiting = { ...headers, prefer: 'wait=60' };

await serve(
  {
    singles: singles(async (a, b) => {
      const run = await post('/runs', { task, arguments: { a, b } }, waiting);
      return run.result;
    }),
    batches: batches(async (pairs) => {
      const runs = pairs.map(([a, b]) => ({ task, arguments: { a, b } }));
      const { answers } = await post('/runs/batch', { runs }, waiting);
      return answers.map(({ run }) => run?.result);
    }),
    fill,
    press,
  },
  async () => connections.close(),
);

/** Only hands them in; two batches of a thousand are on their way at any time. */
async function fill({ tasks, names = [task] }) {
  let left = tasks;
  let sent = 0;
  const sender = async () => {
    while (left > 0) {
      const size = Math.min(1_000, left);
      left -= size;
      const runs = Array.from({ length: size }, () => {
        const n = sent++;
        return { task: names[n % names.length], arguments: { a: n, b: 1 } };
      });
      const { answers } = await post('/runs/batch', { runs }, headers);
      const refused = answers.find(({ problem }) => problem);
      if (refused) throw new Error(JSON.stringify(refused.problem));
    }
  };
  await Promise.all([sender(), sender()]);
}

async function post(path, body, withHeaders) {
  const { status, text } = await connections.post(pathname + path, withHeaders, JSON.stringify(body));
  if (status < 300) return JSON.parse(text);
  throw new Error(`${path}: ${status} ${text.slice(0, 500)}`);
}

/** A refusal for want of room is an answer: to all of the batch. */
async function tryPost(path, body, withHeaders) {
  const { status, text } = await connections.post(pathname + path, withHeaders, JSON.stringify(body));
  if (status === 429 || status === 503) {
    const problem = JSON.parse(text);
    return { answers: body.runs.map(() => ({ problem })) };
  }
  if (status < 300) return JSON.parse(text);
  throw new Error(`${path}: ${status} ${text.slice(0, 500)}`);
}

/**
 * Callers who never rest: each sends its next batch as soon as the one before is answered, and one that was refused again a tenth of a second later,
 * whatever Retry-After says. Answers how many runs of which fate there were, and the seconds until the last answer.
 */
async function press({ seconds, callers, size }) {
  const fates = { done: 0, unfinished: 0, refused: 0, unclear: 0, wrong: 0 };
  const startedAt = performance.now();
  const caller = async () => {
    while (performance.now() - startedAt < seconds * 1_000) {
      const runs = Array.from({ length: size }, (_, n) => ({ task, arguments: { a: n, b: 1 } }));
      const { answers } = await tryPost('/runs/batch', { runs }, waiting);
      const seen = answers.map(fateOf);
      for (const fate of seen) fates[fate] += 1;
      if (seen.every((fate) => fate === 'refused')) await pause(100);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { ...fates, seconds: (performance.now() - startedAt) / 1_000 };
}

/** `unclear`: nobody answered in time, so the run may have been accepted or not. */
function fateOf({ run, problem }, n) {
  if (problem?.code === 'rate.limited') return 'refused';
  if (problem?.code === 'service.unavailable') return 'unclear';
  if (problem) return 'wrong';
  if (!run) return 'unfinished';
  return run.result === n + 1 ? 'done' : 'wrong';
}
