// The two loops of a client, the same for Tasksmith and every peer: only what makes one call, or one batch, differs.
import { performance } from 'node:perf_hooks';

/** `call(a, b)` answers the result of adding them. */
export function singles(call) {
  return ({ runs, inFlight }) =>
    timed(runs, inFlight, async (n) => {
      check(await call(n, 1), n + 1);
    });
}

/** `callAll(pairs)` answers the results of all `[a, b]`, in their order. */
export function batches(callAll) {
  return ({ batches: count, size, inFlight }) =>
    timed(count, inFlight, async (batch) => {
      const results = await callAll(Array.from({ length: size }, (_, n) => [n, batch]));
      if (results.length !== size) throw new Error(`a batch of ${size} was answered with ${results.length} results`);
      results.forEach((result, n) => check(result, n + batch));
    });
}

async function timed(count, inFlight, work) {
  const latenciesMs = [];
  let next = 0;
  const caller = async () => {
    while (next < count) {
      const n = next++;
      const sentAt = performance.now();
      await work(n);
      latenciesMs.push(Math.round((performance.now() - sentAt) * 1_000) / 1_000);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: inFlight }, caller));
  return { seconds: (performance.now() - startedAt) / 1_000, latenciesMs };
}

export function check(result, expected) {
  if (result !== expected) throw new Error(`expected ${expected}, got ${JSON.stringify(result)}`);
}
