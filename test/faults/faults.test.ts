/**
 * Breaks one part at a time in the middle of 2,000 runs, with two dispatchers at work. Afterwards every run that was accepted must have exactly one terminal event and the right
 * result. The counts are printed.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { anyFreePort, makeTestHome, serviceNames, startStack, type Stack } from '../../deploy/local/index.js';
import { type Api, createApi } from './api.js';
import { audit, type Expected, placesOf, runsOf, viewsOf } from './auditor.js';
import { callAlone, ENOUGH_ANSWERED } from './lone-callers.js';

const root = new URL('../..', import.meta.url).pathname;
const execute = promisify(execFile);
const RUNS = 2_000;
const CHUNK = 100;
const FIRST_PORT = 17_070;
const LEASE_MS = 3_000;

const code = `
import time
from tasksmith import task

@task
def add_slowly(a: int, b: int) -> int:
    """Adds, and now and then takes its time, so that a fault meets runs under way."""
    if a % 50 == 0:
        time.sleep(0.2)
    return a + b

@task
def note_down(a: int, ledger: str) -> int:
    """Leaves a trace that neither the queue nor the log can take back."""
    with open(ledger, "a") as lines:
        lines.write(f"{a}\\n")
    return a
`;

let home: string;
let stack: Stack;
let api: Api;
let secondDispatcher: ChildProcess;

beforeAll(async () => {
  home = makeTestHome();
  stack = await startStack({
    home,
    port: FIRST_PORT,
    serviceEnv: { LOG_LEVEL: 'warn', TASKSMITH_LEASE_MS: String(LEASE_MS) },
    env: { ...process.env, TASKSMITH_WORKER_HOST: 'process' },
  });
  secondDispatcher = await startSecondDispatcher();
  api = createApi(stack.urls.api, stack.adminKey);
  await deployTask();
});

afterAll(async () => {
  secondDispatcher?.kill('SIGTERM');
  await stack?.stop();
  await rm(home, { recursive: true, force: true });
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await printLogs(join(home, 'logs'));
});

/** The end of what the services and the servers had to say. */
async function printLogs(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const lines = (await readFile(join(folder, name), 'utf8')).trimEnd().split('\n');
    console.log([`${name}:`, ...lines.slice(-15).map((line) => line.slice(0, 500))].join('\n  '));
  }
}

/** They share the queues: what one has begun the other may end. */
async function startSecondDispatcher(): Promise<ChildProcess> {
  const healthPort = await anyFreePort();
  const env = { ...stack.env, HEALTH_PORT: String(healthPort) };
  const started = spawn(process.execPath, [join(root, 'dist/apps/dispatcher/main.js')], { env, stdio: 'ignore' });
  await vi.waitFor(
    async () => {
      const answer = await fetch(`http://127.0.0.1:${healthPort}/health/ready`);
      expect(answer.status, await answer.text()).toBe(200);
    },
    { timeout: 30_000 },
  );
  return started;
}

async function deployTask(): Promise<void> {
  const body = { task: 'add_slowly', queue: 'faults', files: [{ path: 'main.py', content: code }], replicas: 2 };
  const { deploymentId } = (await api.post('/deployments', body)) as { deploymentId: string };
  await vi.waitFor(
    async () => {
      const { status, failure } = (await api.get(`/deployments/${deploymentId}`)) as {
        status: string;
        failure: unknown;
      };
      if (status === 'failed') throw new Error(JSON.stringify(failure));
      expect(status).toBe('active');
    },
    { timeout: 60_000, interval: 100 },
  );
}

/** Sends all runs in chunks; `breakIt` is called once, in the middle. */
async function sendAll(fault: string, breakIt: () => Promise<void>): Promise<Expected[]> {
  const accepted: Expected[] = [];
  let broken: Promise<void> | undefined;
  for (let first = 0; first < RUNS; first += CHUNK) {
    if (first >= RUNS / 2) broken ??= breakIt();
    accepted.push(...(await sendChunk(fault, first)));
  }
  await broken;
  return accepted;
}

interface BatchAnswer {
  started: { runId: string } | null;
  problem: { code: string; status: number } | null;
}

/** An item that was refused because something was away is sent again, with its key. */
async function sendChunk(fault: string, first: number): Promise<Expected[]> {
  const accepted: Expected[] = [];
  let left = Array.from({ length: CHUNK }, (_, n) => first + n);
  while (left.length > 0) {
    const runs = left.map((n) => ({ task: 'add_slowly', arguments: { a: n, b: 1 }, idempotencyKey: `${fault}-${n}` }));
    const { answers } = (await api.post('/runs/batch', { runs })) as { answers: BatchAnswer[] };
    const again: number[] = [];
    answers.forEach(({ started, problem }, index) => {
      const n = left[index]!;
      if (started) accepted.push({ runId: started.runId, result: n + 1 });
      else if (problem!.status >= 500) again.push(n);
      else throw new Error(JSON.stringify(problem));
    });
    if (again.length > 0) await pause(100);
    left = again;
  }
  return accepted;
}

async function untilAllEnded(expected: readonly Expected[]): Promise<Awaited<ReturnType<typeof audit>>> {
  return vi.waitFor(
    async () => {
      const verdict = await audit(stack.urls.database, expected);
      if (verdict.withoutEnd > 0) throw new Error(`${verdict.withoutEnd} runs have not ended`);
      return verdict;
    },
    { timeout: 60_000, interval: 500 },
  );
}

/** The views, once each has applied all that is in the log, with the newest event of it. */
async function settledViews(): Promise<{ newest: string; views: Map<string, string[]> }> {
  const startedAt = performance.now();
  const settled = await vi.waitFor(
    async () => {
      const { newest, behind } = await placesOf(stack.urls.database);
      expect(behind).toEqual([]);
      const views = await viewsOf(stack.urls.database);
      expect(views.get('runs')!.filter((row) => /,(waiting|running),/.test(row))).toEqual([]);
      return { newest, views };
    },
    { timeout: 60_000, interval: 500 },
  );
  console.log(`the views have settled at ${settled.newest} after ${Math.round(performance.now() - startedAt)} ms`);
  return settled;
}

async function rebuildViews(): Promise<void> {
  for (const service of ['registry', 'deployer', 'dispatcher', 'scheduler']) {
    const program = join(root, `dist/apps/${service}/main.js`);
    await execute(process.execPath, [program, '--rebuild-views'], { env: stack.env });
  }
}

async function workerPids(): Promise<number[]> {
  const { workers } = (await api.get('/workers')) as { workers: { handle: string; queue: string }[] };
  return workers.filter(({ queue }) => queue === 'faults').map(({ handle }) => Number.parseInt(handle, 10));
}

const faults: Record<string, () => Promise<void>> = {
  'kill -9 of the gateway': async () => stack.killService('gateway'),
  'kill -9 of the registry': async () => stack.killService('registry'),
  'kill -9 of the deployer': async () => stack.killService('deployer'),
  'kill -9 of the dispatcher': async () => stack.killService('dispatcher'),
  'kill -9 of the scheduler': async () => stack.killService('scheduler'),
  'kill -9 of a worker': async () => {
    const [pid] = await workerPids();
    process.kill(pid!, 'SIGKILL');
  },
  'a worker that freezes until its lease is over': async () => {
    const [pid] = await workerPids();
    process.kill(pid!, 'SIGSTOP');
    await pause(LEASE_MS + 2_000);
    process.kill(pid!, 'SIGCONT');
  },
  'kill -9 of Redis': async () => stack.servers.redis!.process.kill(),
  'FLUSHALL on Redis': async () => {
    const redis = new Redis(stack.urls.redis);
    await redis.flushall();
    redis.disconnect();
  },
  'restart of NATS': async () => stack.servers.nats!.process.restart(),
  'restart of Postgres': async () => stack.servers.postgres!.process.restart(),
  // "Immediate": all of its processes end where they stand.
  'crash of Postgres': async () => stack.servers.postgres!.process.kill('SIGQUIT'),
  'the end of every session of Postgres': async () =>
    withSuperuser(async (client) => {
      for (let n = 0; n < 5; n++) {
        await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`,
        );
        await pause(200);
      }
    }),
  'a write transaction elsewhere that goes on for 3 s': async () =>
    withSuperuser(async (client) => {
      await client.query('BEGIN; SELECT pg_current_xact_id()');
      await pause(3_000);
      await client.query('COMMIT');
    }),
  'an orderly restart of each service': async () => {
    for (const name of serviceNames) await stack.restartService(name);
  },
  'the death of everything but one dispatcher and the workers': async () => {
    for (const { process } of Object.values(stack.servers)) process.kill('SIGQUIT');
    for (const name of serviceNames) stack.killService(name);
  },
};

async function withSuperuser(work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: stack.urls.databaseSuperuser });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

describe(`with ${RUNS} runs under way`, () => {
  it.each(Object.keys(faults))('survives %s', async (fault) => {
    const startedAt = performance.now();
    const retriesBefore = api.retries;
    const loggedBefore = (await runsOf(stack.urls.database, 'add_slowly')).length;
    const accepted = await sendAll(fault, faults[fault]!);
    const verdict = await untilAllEnded(accepted);
    await stack.untilReady();
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    console.log(`${fault}: ${JSON.stringify({ ...verdict, retries: api.retries - retriesBefore, seconds })}`);
    expect(verdict).toMatchObject({
      accepted: RUNS,
      inLog: RUNS,
      succeeded: RUNS,
      wrongResults: 0,
      withoutEnd: 0,
      withSeveralEnds: 0,
      gapsInVersions: 0,
    });
    // What was sent twice, because its answer was lost, is one run.
    expect(await runsOf(stack.urls.database, 'add_slowly')).toHaveLength(loggedBefore + RUNS);
  });

  it.each(['kill -9 of the dispatcher', 'restart of Postgres', 'crash of Postgres', 'kill -9 of a worker'])(
    'has in the log whatever was run by lone calls that somebody waits for: %s',
    async (fault) => {
      const { answered, unanswered, countRuns } = await callAlone({ stack, folder: home, breakIt: faults[fault]! });
      const ran = await vi.waitFor(
        async () => {
          const runs = await runsOf(stack.urls.database, 'note_down');
          const expected = runs.map(({ runId, arguments: { a } }) => ({ runId, result: a }));
          const verdict = await audit(stack.urls.database, expected);
          expect(verdict).toMatchObject({ withoutEnd: 0, withSeveralEnds: 0, wrongResults: 0, gapsInVersions: 0 });
          // Whatever was run is in the log, and as often as it was run. What a killed dispatcher had in hand comes some seconds later.
          const logged = new Map(runs.map(({ arguments: { a }, attempts }) => [a as number, attempts]));
          const counts = await countRuns();
          expect([...counts].filter(([a, times]) => times > (logged.get(a) ?? 0))).toEqual([]);
          return counts;
        },
        { timeout: 60_000, interval: 500 },
      );
      console.log(`${fault}: ${answered.size} calls answered, ${unanswered} not, ${ran.size} run`);
      expect(answered.size).toBeGreaterThan(ENOUGH_ANSWERED);
      expect([...answered].filter((a) => !ran.has(a))).toEqual([]);
    },
  );

  it('still has its second dispatcher', () => {
    expect(secondDispatcher.exitCode).toBeNull();
  });

  it('rebuilds every view to the very same tables', async () => {
    const { before, after } = await vi.waitFor(
      async () => {
        const before = await settledViews();
        await rebuildViews();
        const after = await viewsOf(stack.urls.database);
        // A worker that came back meanwhile is in one of them only.
        expect((await placesOf(stack.urls.database)).newest).toBe(before.newest);
        return { before: before.views, after };
      },
      { timeout: 120_000, interval: 500 },
    );
    console.log(`rebuilt: ${[...after].map(([table, rows]) => `${table} ${rows.length}`).join(', ')}`);
    expect(after).toEqual(before);
  });

  it('leaves no job behind in Redis', async () => {
    const redis = new Redis(stack.urls.redis);
    await vi.waitFor(
      async () => {
        const jobs = await redis.keys('*:jobs');
        expect(await Promise.all(jobs.map((key) => redis.hlen(key)))).toEqual(jobs.map(() => 0));
      },
      { timeout: 10_000 },
    );
    redis.disconnect();
  });
});
