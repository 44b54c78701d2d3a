// What every program of the benchmark that is written in Node shares: requests on stdin, answers on stdout, one JSON object a line.
import { createInterface } from 'node:readline';

/** Carries out requests `{ do: <name>, ... }` one after the other until its input ends; then calls `end` and leaves. */
export async function serve(handlers, end = async () => {}) {
  answer({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: name, ...order } = JSON.parse(line);
    try {
      answer((await handlers[name](order)) ?? {});
    } catch (error) {
      answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  await end();
  process.exit();
}

function answer(object) {
  process.stdout.write(`${JSON.stringify(object)}\n`);
}
