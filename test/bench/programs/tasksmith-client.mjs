// Calls Tasksmith over REST, on connections that stay open.
// Settings: TASKSMITH_API (http://host:port/api/v1), TASKSMITH_KEY, TASK (the task to call).
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
