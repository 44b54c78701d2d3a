/** What is measured: a task that adds two numbers, its result known to the caller and checked. */
import { setTimeout as pause } from 'node:timers/promises';
import { type BenchApi } from './api.js';

export interface Figures {
  runs: number;
  seconds: number;
  perSecond: number;
  p50Ms?: number;
  p95Ms?: number;
  p99Ms?: number;
}

export const bundles = {
  python: {
    path: 'main.py',
    content: 'from tasksmith import task\n\n@task\ndef add(a: int, b: int) -> int:\n    return a + b\n',
  },
  node: {
    path: 'main.mjs',
    content: `import { task } from 'tasksmith';
const number = { type: 'integer' };
const parameters = { type: 'object', properties: { a: number, b: number }, required: ['a', 'b'] };
export const add = task({ name: 'add', parameters, result: number }, ({ a, b }) => a + b);
`,
  },
} as const;

export type BenchRuntime = keyof typeof bundles;

export async function deployAdder(api: BenchApi, runtime: BenchRuntime): Promise<number> {
  const startedAt = performance.now();
  const deployed = await api.post('/deployments', {
    task: 'add',
    queue: `bench_${runtime}`,
    runtime,
    files: [bundles[runtime]],
  });
  const { deploymentId } = deployed.body as { deploymentId: string };
  for (;;) {
    const { status, failure } = (await api.get(`/deployments/${deploymentId}`)).body as {
      status: string;
      failure: unknown;
    };
    if (status === 'active') return (performance.now() - startedAt) / 1_000;
    if (status === 'failed' || status === undefined)
      throw new Error(`the deployment failed: ${JSON.stringify(failure ?? deployed.body)}`);
    await pause(50);
  }
}

/** One call at a time, each waiting for its result. */
export async function syncCalls(api: BenchApi, runs: number): Promise<Figures> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  for (let n = 0; n < runs; n++) {
    const sentAt = performance.now();
    await callAndCheck(api, n);
    latencies.push(performance.now() - sentAt);
  }
  return { ...rate(runs, startedAt), ...percentiles(latencies) };
}

/** Single calls with so many in flight, each waiting for its result. */
export async function concurrentCalls(
  api: BenchApi,
  { runs, inFlight }: { runs: number; inFlight: number },
): Promise<Figures> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < runs) {
      const n = next++;
      const sentAt = performance.now();
      await callAndCheck(api, n);
      latencies.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return { ...rate(runs, startedAt), ...percentiles(latencies) };
}

/** Batches of a thousand, one after the other, each answered when all of its results are known. */
export async function batches(api: BenchApi, count: number): Promise<Figures> {
  const startedAt = performance.now();
  for (let batch = 0; batch < count; batch++) {
    const runs = Array.from({ length: 1_000 }, (_, n) => ({ task: 'add', arguments: { a: n, b: batch } }));
    const { body } = await api.post('/runs/batch', { runs }, { prefer: 'wait=60' });
    const { answers } = body as { answers: { run: { result: unknown } | null }[] };
    answers.forEach(({ run }, n) => check(run?.result, n + batch));
  }
  return rate(count * 1_000, startedAt);
}

async function callAndCheck(api: BenchApi, n: number): Promise<void> {
  const { body } = await api.post('/runs', { task: 'add', arguments: { a: n, b: 1 } }, { prefer: 'wait=30' });
  check((body as { result?: unknown }).result, n + 1);
}

function check(result: unknown, expected: number): void {
  if (result !== expected) throw new Error(`expected ${expected}, got ${JSON.stringify(result)}`);
}

function rate(runs: number, startedAt: number): Figures {
  const seconds = (performance.now() - startedAt) / 1_000;
  return { runs, seconds: round(seconds), perSecond: Math.round(runs / seconds) };
}

function percentiles(latencies: readonly number[]): Pick<Figures, 'p50Ms' | 'p95Ms' | 'p99Ms'> {
  const sorted = [...latencies].sort((a, b) => a - b);
  const at = (share: number): number => round(sorted[Math.floor(sorted.length * share)] ?? 0);
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
