/** What every worker must do, whatever its language. Each runtime brings its way to start and the same tasks in its own source. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  addressOf,
  isOutcome,
  Lane,
  loadFunctions,
  type Message,
  type RedisAddress,
  type RedisServer,
  startRedis,
} from './worker-lane.js';
import { cpuMicros, type StartWorker, type WorkerProcess } from './worker-process.js';

/** Files of a bundle: path -> content. */
export type BundleFiles = Record<string, string>;

/**
 * `bundle` holds these tasks (arguments by name):
 *
 * | task | does |
 * | --- | --- |
 * | `echo(value)` | returns `value` |
 * | `add(a, b = 2)` | returns `a + b`; described in `--describe` with the text "Adds two numbers." |
 * | `fail(message)` | raises an ordinary error |
 * | `fail_permanent(message)` | raises one that must not be retried |
 * | `who_am_i()` | returns `{run, attempt}` from `current_run()` |
 * | `sleep(ms)` | waits, can be interrupted, returns `"slept"` |
 * | `sleep_patiently(ms)` | as `sleep`, but on the soft limit returns `"partial"` |
 * | `stubborn(ms)` | goes on for `ms` whatever interrupts it |
 * | `busy(ms)` | computes without a pause (holds the interpreter or event loop) |
 * | `progress(steps)` | reports `i / steps`, message `step <i>`, for i = 1..steps; returns `steps` |
 * | `print_lines(count)` | prints `line 0`..`line <count-1>` to stdout, then `oops` to stderr, then logs `noted`; returns `count` |
 * | `crash()` | dies by a signal (or aborts), as native code would |
 * | `exit_process()` | ends its process (or thread) with status 3, at once |
 * | `big_result(bytes)` | returns a string of `bytes` characters `x` |
 * | `not_json()` | returns what JSON cannot hold |
 *
 * `broken` is a bundle that cannot be loaded; `brokenReason` appears on stderr.
 */
export interface RuntimeFixtures {
  bundle: BundleFiles;
  broken: BundleFiles;
  brokenReason: string;
}

export function workerBehaviour(name: string, startWorker: StartWorker, fixtures: RuntimeFixtures): void {
  describe(`${name} worker`, () => {
    let redis: RedisAddress;
    let ownServer: RedisServer | undefined;
    const folders: string[] = [];
    const cleanups: (() => Promise<unknown>)[] = [];

    beforeAll(async () => {
      ownServer = process.env.REDIS_URL ? undefined : await startRedis();
      redis = ownServer ?? addressOf(process.env.REDIS_URL!);
    });

    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    });

    afterAll(async () => {
      await ownServer?.stop();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });

    const folder = (files: BundleFiles): string => {
      const bundleDir = mkdtempSync(join(tmpdir(), 'tasksmith-bundle-'));
      folders.push(bundleDir);
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(bundleDir, path)), { recursive: true });
        writeFileSync(join(bundleDir, path), content);
      }
      return bundleDir;
    };

    const openLane = async (server: RedisAddress = redis): Promise<Lane> => {
      const lane = await Lane.open(addressOnly(server));
      cleanups.push(() => lane.close());
      return lane;
    };

    const serve = (lane: Lane, env: Record<string, string> = {}, server: RedisAddress = redis): WorkerProcess => {
      const worker = startWorker({ bundleDir: folder(fixtures.bundle), prefix: lane.prefix, redis: server, env });
      cleanups.push(() => worker.kill());
      return worker;
    };

    const laneWithWorker = async (env?: Record<string, string>): Promise<{ lane: Lane; worker: WorkerProcess }> => {
      const lane = await openLane();
      const worker = serve(lane, env);
      await registered(lane);
      return { lane, worker };
    };

    describe('running tasks', () => {
      it('runs a job and settles it with the result', async () => {
        const { lane } = await laneWithWorker();
        const value = { text: 'naïve café 🚀', list: [1, 2.5, null, true], empty: {} };
        const jobId = await lane.push('echo', { value });
        expect(await lane.outcome(jobId)).toEqual({ kind: 'succeeded', result: value, durationMs: expect.any(Number) });
        expect(await held(lane)).toEqual([]);
      });

      it('passes arguments by name and keeps defaults', async () => {
        const { lane } = await laneWithWorker();
        const [both, one] = [await lane.push('add', { b: 40, a: 1 }), await lane.push('add', { a: 5 })];
        expect(await lane.outcome(both)).toMatchObject({ kind: 'succeeded', result: 41 });
        expect(await lane.outcome(one)).toMatchObject({ kind: 'succeeded', result: 7 });
      });

      it('tells the task which run and attempt it is', async () => {
        const { lane } = await laneWithWorker();
        const jobId = await lane.push('who_am_i', {}, { attempt: 3 });
        const [run] = jobId.split('.');
        expect(await lane.outcome(jobId)).toMatchObject({ result: { run, attempt: 3 } });
      });

      it('reports an error with type, message and traceback, retryable', async () => {
        const { lane } = await laneWithWorker();
        const outcome = await lane.outcome(await lane.push('fail', { message: 'no luck' }));
        expect(outcome).toEqual({
          kind: 'failed',
          error: { type: expect.stringMatching(/\w/), message: 'no luck', traceback: expect.stringContaining('fail') },
          retryable: true,
          durationMs: expect.any(Number),
        });
      });

      it('shortens what an error says', async () => {
        const { lane } = await laneWithWorker();
        const outcome = await lane.outcome(await lane.push('fail', { message: 'm'.repeat(100_000) }));
        const error = outcome.error as Record<string, string>;
        expect(error.message).toHaveLength(2_000);
        expect(error.traceback!.length).toBeLessThanOrEqual(8_000);
      });

      it('marks an error that must not be retried', async () => {
        const { lane } = await laneWithWorker();
        const outcome = await lane.outcome(await lane.push('fail_permanent', { message: 'never' }));
        expect(outcome).toMatchObject({ kind: 'failed', error: { message: 'never' }, retryable: false });
      });

      it('refuses a task that is not in the bundle', async () => {
        const { lane } = await laneWithWorker();
        const outcome = await lane.outcome(await lane.push('no_such_task'));
        expect(outcome).toMatchObject({ kind: 'failed', error: { type: 'TaskNotFound' }, retryable: false });
        expect((outcome.error as Message).message).toContain('no_such_task');
      });

      it('refuses a missing argument, naming it', async () => {
        const { lane } = await laneWithWorker();
        const outcome = await lane.outcome(await lane.push('add', { b: 1 }));
        expect(outcome).toMatchObject({ kind: 'failed', error: { type: 'InvalidArguments' }, retryable: false });
        expect((outcome.error as Message).message).toMatch(/\ba\b/);
      });

      it('refuses an argument the task does not take, naming it', async () => {
        const { lane } = await laneWithWorker();
        const outcome = await lane.outcome(await lane.push('add', { a: 1, colour: 'red' }));
        expect(outcome).toMatchObject({ kind: 'failed', error: { type: 'InvalidArguments' }, retryable: false });
        expect((outcome.error as Message).message).toContain('colour');
      });

      it('refuses a result over 1 MiB and one that JSON cannot hold', async () => {
        const { lane } = await laneWithWorker();
        const [big, odd] = [await lane.push('big_result', { bytes: 1_100_000 }), await lane.push('not_json')];
        expect(await lane.outcome(big)).toMatchObject({ error: { type: 'ResultTooLarge' }, retryable: false });
        expect(await lane.outcome(odd)).toMatchObject({ error: { type: 'ResultNotSerializable' }, retryable: false });
        const fits = await lane.outcome(await lane.push('big_result', { bytes: 1_000_000 }));
        expect(fits).toMatchObject({ kind: 'succeeded', result: 'x'.repeat(1_000_000) });
      });
    });

    describe('limits', () => {
      it('lets a task catch the soft limit', async () => {
        const { lane } = await laneWithWorker();
        const outcome = await lane.outcome(await lane.push('sleep_patiently', { ms: 60_000 }, { softLimitMs: 200 }));
        expect(outcome).toMatchObject({ kind: 'succeeded', result: 'partial' });
      });

      it('calls it timed out when the soft limit escapes', async () => {
        const { lane } = await laneWithWorker();
        const outcome = await lane.outcome(await lane.push('sleep', { ms: 60_000 }, { softLimitMs: 200 }));
        expect(outcome).toEqual({ kind: 'timed-out', limit: 'soft', limitMs: 200, durationMs: expect.any(Number) });
        expect(outcome.durationMs).toBeGreaterThanOrEqual(200);
        expect(outcome.durationMs).toBeLessThan(5_000);
      });

      it('kills at the hard limit while heartbeats go on and the other slot works', async () => {
        const { lane } = await laneWithWorker();
        const stuck = await lane.push('busy', { ms: 60_000 }, { softLimitMs: 60_000, hardLimitMs: 2_500 });
        await lane.started(stuck);
        const beats = countBeats(lane, 800);
        const neighbour = await lane.push('echo', { value: 1 });
        expect(await lane.outcome(neighbour, 2_000)).toMatchObject({ kind: 'succeeded' });
        expect(await beats).toBeGreaterThanOrEqual(4);
        const outcome = await lane.outcome(stuck, 10_000);
        expect(outcome).toEqual({ kind: 'timed-out', limit: 'hard', limitMs: 2_500, durationMs: expect.any(Number) });
        expect(outcome.durationMs).toBeLessThan(6_000);
        await bothSlotsWork(lane);
      });
    });

    describe('cancelling', () => {
      it('interrupts a task that can be interrupted', async () => {
        const { lane } = await laneWithWorker();
        const jobId = await lane.push('sleep', { ms: 60_000 });
        await lane.started(jobId);
        await lane.cancel(jobId);
        expect(await lane.outcome(jobId, 1_500)).toEqual({ kind: 'cancelled', durationMs: expect.any(Number) });
        await bothSlotsWork(lane);
      });

      it('kills one that goes on after 2 s', async () => {
        const { lane } = await laneWithWorker();
        const jobId = await lane.push('stubborn', { ms: 60_000 });
        await lane.started(jobId);
        await lane.cancel(jobId);
        expect(await lane.outcome(jobId, 4_500)).toEqual({ kind: 'cancelled', durationMs: expect.any(Number) });
        await bothSlotsWork(lane);
      });
    });

    describe('crashes', () => {
      it('reports a crash and goes on', async () => {
        const { lane, worker } = await laneWithWorker();
        const neighbour = await lane.push('sleep', { ms: 500 });
        await lane.started(neighbour);
        const outcome = await lane.outcome(await lane.push('crash'));
        expect(outcome).toEqual({
          kind: 'crashed',
          detail: expect.stringMatching(/\w/),
          durationMs: expect.any(Number),
        });
        expect(await lane.outcome(neighbour)).toMatchObject({ kind: 'succeeded', result: 'slept' });
        await bothSlotsWork(lane);
        expect(await stillRuns(worker)).toBe(true);
      });

      it('reports a task that ends its process and goes on', async () => {
        const { lane, worker } = await laneWithWorker();
        const outcome = await lane.outcome(await lane.push('exit_process'));
        expect(outcome).toMatchObject({ kind: 'crashed', detail: expect.stringContaining('3') });
        await bothSlotsWork(lane);
        expect(await stillRuns(worker)).toBe(true);
      });
    });

    describe('reports', () => {
      it('sends progress before the outcome', async () => {
        const { lane } = await laneWithWorker();
        const jobId = await lane.push('progress', { steps: 4 });
        await lane.outcome(jobId);
        const kinds = lane.messages(jobId).map((message) => message.kind);
        const progressed = lane.messages(jobId).filter((message) => message.kind === 'progressed');
        expect(progressed.at(-1)).toEqual({ kind: 'progressed', fraction: 1, message: 'step 4' });
        expect(kinds.lastIndexOf('progressed')).toBeLessThan(kinds.indexOf('succeeded'));
      });

      it('sends every line, with its stream, before the outcome', async () => {
        const { lane } = await laneWithWorker();
        const jobId = await lane.push('print_lines', { count: 30 });
        await lane.outcome(jobId);
        const messages = lane.messages(jobId);
        const lines = loggedLines(messages);
        const text = (stream: string) => lines.filter((line) => line.stream === stream).map((line) => line.text);
        expect(text('stdout')).toEqual(Array.from({ length: 30 }, (_, i) => `line ${i}`));
        expect(text('stderr')).toEqual(['oops']);
        expect(text('log')).toEqual(['noted']);
        expect(Math.abs(lines[0]!.at - Date.now())).toBeLessThan(30_000);
        expect(messages.findLastIndex((m) => m.kind === 'logged')).toBeLessThan(
          messages.findIndex((m) => m.kind === 'succeeded'),
        );
      });

      it('keeps 1,000 lines and says how many it dropped', async () => {
        const { lane } = await laneWithWorker();
        const jobId = await lane.push('print_lines', { count: 5_000 });
        expect(await lane.outcome(jobId)).toMatchObject({ result: 5_000 });
        const lines = loggedLines(lane.messages(jobId));
        expect(lines).toHaveLength(1_001);
        expect(lines.at(-1)!.text).toMatch(/400[12]/); // 4,000 of stdout, one of stderr, one of the log
      });
    });

    describe('taking turns', () => {
      it('runs as many jobs at one time as it has slots', async () => {
        const { lane } = await laneWithWorker({ TASKSMITH_CONCURRENCY: '3' });
        const jobs = await lane.pushAll(Array.from({ length: 7 }, () => ({ task: 'sleep', args: { ms: 300 } })));
        let most = 0;
        await lane.until(() => {
          const running = jobs.filter(
            (id) => lane.messages(id).some((m) => m.kind === 'started') && !finished(lane, id),
          );
          most = Math.max(most, running.length);
          return jobs.every((id) => finished(lane, id));
        });
        expect(most).toBe(3);
      });

      it('takes the highest priority first, then the oldest', async () => {
        const lane = await openLane();
        const order = [1, 9, 5, 9, 0];
        const jobs = await lane.pushAll(
          order.map((priority) => ({ task: 'echo', args: { value: 0 }, options: { priority } })),
        );
        serve(lane, { TASKSMITH_CONCURRENCY: '1' });
        await lane.until(() => jobs.every((id) => finished(lane, id)));
        const ended = lane.entries.filter((e) => e.message.kind === 'succeeded').flatMap((e) => e.jobs);
        expect(ended.map((id) => jobs.indexOf(id))).toEqual([1, 3, 2, 0, 4]);
      });

      it('starts a job at once when idle', async () => {
        const { lane } = await laneWithWorker();
        const waits: number[] = [];
        for (let i = 0; i < 10; i++) {
          const from = performance.now();
          await lane.outcome(await lane.push('echo', { value: i }));
          waits.push(performance.now() - from);
        }
        expect(waits.sort((a, b) => a - b)[4]).toBeLessThan(100);
      });
    });

    describe('batches of tiny jobs', () => {
      const echoes = (count: number) =>
        Array.from({ length: count }, (_, value) => ({ task: 'echo', args: { value } }));

      it('settles every one once, with its own result', async () => {
        const { lane } = await laneWithWorker();
        const jobs = await lane.pushAll(echoes(2_000));
        const settled = () => lane.entries.filter(({ message }) => message.kind === 'succeeded');
        await lane.until(() => settled().length >= jobs.length, 30_000);
        const results = new Map(settled().map((e) => [e.jobs[0], e.message.result]));
        expect(results).toEqual(new Map(jobs.map((id, n) => [id, n])));
        expect(settled()).toHaveLength(jobs.length);
      });

      it('runs those elsewhere that wait behind a long one', async () => {
        const { lane } = await laneWithWorker();
        const jobs = await lane.pushAll([...echoes(500), { task: 'busy', args: { ms: 1_000_000 } }, ...echoes(100)]);
        const others = jobs.filter((_, n) => n !== 500);
        for (const id of others) expect(await lane.outcome(id)).toMatchObject({ kind: 'succeeded' });
        expect(finished(lane, jobs[500]!)).toBe(false);
      });

      it('lets a long one behind them have all its time', async () => {
        const { lane } = await laneWithWorker();
        const limited = { task: 'sleep', args: { ms: 60_000 }, options: { softLimitMs: 300 } };
        const jobs = await lane.pushAll([...echoes(500), limited, ...echoes(100)]);
        const outcome = await lane.outcome(jobs[500]!);
        expect(outcome).toMatchObject({ kind: 'timed-out', limit: 'soft' });
        expect(outcome.durationMs).toBeGreaterThanOrEqual(300);
        expect(outcome.durationMs).toBeLessThan(5_000);
      });

      it('blames a crash on the job that crashed and finishes its neighbours', async () => {
        const { lane } = await laneWithWorker();
        const jobs = await lane.pushAll([...echoes(500), { task: 'exit_process' }, ...echoes(100)]);
        for (const [n, id] of jobs.entries()) {
          expect(await lane.outcome(id)).toMatchObject({ kind: n === 500 ? 'crashed' : 'succeeded' });
        }
      });

      it('ends only the one that is cancelled', async () => {
        const { lane } = await laneWithWorker();
        const jobs = await lane.pushAll([...echoes(500), { task: 'sleep', args: { ms: 60_000 } }, ...echoes(100)]);
        await lane.started(jobs[500]!);
        await lane.cancel(jobs[500]!);
        for (const [n, id] of jobs.entries()) {
          expect(await lane.outcome(id)).toMatchObject({ kind: n === 500 ? 'cancelled' : 'succeeded' });
        }
      });

      it('keeps the lines of each with its run', async () => {
        const { lane } = await laneWithWorker();
        const printing = (n: number) => ({ task: 'print_lines', args: { count: (n % 3) + 1 } });
        const mixed = Array.from({ length: 60 }, (_, n) =>
          n % 2 === 0 ? printing(n) : { task: 'echo', args: { value: n } },
        );
        const jobs = await lane.pushAll([...echoes(500), ...mixed]);
        await lane.until(() => jobs.every((id) => finished(lane, id)));
        for (const [n, id] of jobs.slice(500).entries()) {
          const lines = loggedLines(lane.messages(id)).map((line) => line.text);
          const printed = Array.from({ length: (n % 3) + 1 }, (_, i) => `line ${i}`);
          expect(lines.sort()).toEqual(n % 2 === 0 ? [...printed, 'noted', 'oops'] : []);
        }
      });
    });

    describe('stopping', () => {
      it('finishes the running job on SIGTERM, takes no other, leaves', async () => {
        const { lane, worker } = await laneWithWorker({ TASKSMITH_CONCURRENCY: '1' });
        const [running, waiting] = await lane.pushAll([
          { task: 'sleep', args: { ms: 700 } },
          { task: 'echo', args: { value: 1 } },
        ]);
        await lane.running();
        expect(await worker.stop()).toEqual({ code: 0, signal: null });
        expect(await lane.outcome(running!)).toMatchObject({ kind: 'succeeded', result: 'slept' });
        expect(await ready(lane)).toEqual([waiting]);
        expect(await lane.redis.hlen(`${lane.prefix}workers`)).toBe(0);
      });

      it('hands back what does not finish in time', async () => {
        const { lane, worker } = await laneWithWorker({ TASKSMITH_STOP_TIMEOUT_MS: '300' });
        const jobs = [await lane.push('sleep', { ms: 60_000 }), await lane.push('busy', { ms: 60_000 })];
        for (const jobId of jobs) await lane.started(jobId);
        expect(await worker.stop()).toEqual({ code: 0, signal: null });
        expect((await ready(lane)).sort()).toEqual([...jobs].sort());
        expect(await held(lane)).toEqual([]);
        expect(jobs.filter((id) => finished(lane, id))).toEqual([]);
        expect(await lane.redis.hlen(`${lane.prefix}workers`)).toBe(0);
      });

      it('hands back at once on a second SIGTERM', async () => {
        const { lane, worker } = await laneWithWorker({ TASKSMITH_STOP_TIMEOUT_MS: '60000' });
        const jobId = await lane.push('sleep', { ms: 60_000 });
        await lane.started(jobId);
        const exit = worker.stop();
        await repeatSigterm(worker);
        expect(await exit).toEqual({ code: 0, signal: null });
        expect(await ready(lane)).toEqual([jobId]);
      });

      it('stops when idle, at once', async () => {
        const { worker } = await laneWithWorker();
        const from = performance.now();
        expect(await worker.stop()).toEqual({ code: 0, signal: null });
        expect(performance.now() - from).toBeLessThan(3_000);
      });
    });

    describe('faults', () => {
      it('loses its jobs to the lease when killed, and another worker runs them', async () => {
        const { lane, worker } = await laneWithWorker({ TASKSMITH_LEASE_MS: '1000' });
        const jobId = await lane.push('sleep', { ms: 400 });
        await lane.started(jobId);
        await worker.kill();
        await expire(lane, jobId);
        serve(lane);
        const again = await lane.push('sleep', { ms: 1 }, { attempt: 2 });
        expect(await lane.outcome(again)).toMatchObject({ kind: 'succeeded' });
        expect(finished(lane, jobId)).toBe(false);
      });

      it('has its outcome marked late when it was frozen beyond its lease', async () => {
        const { lane, worker } = await laneWithWorker({ TASKSMITH_LEASE_MS: '600' });
        const jobId = await lane.push('busy', { ms: 500 });
        await lane.started(jobId);
        process.kill(worker.pid, 'SIGSTOP');
        await expire(lane, jobId);
        process.kill(worker.pid, 'SIGCONT');
        await bothSlotsWork(lane);
        const settled = lane.entries.filter((e) => e.jobs.includes(jobId) && e.message.kind === 'succeeded');
        expect(settled.every((e) => e.late)).toBe(true);
      });

      it('goes on after FLUSHALL', async () => {
        const { server, lane } = await ownRedis();
        serve(lane, { TASKSMITH_CONCURRENCY: '1' }, server);
        await registered(lane);
        const lost = await lane.push('sleep', { ms: 60_000 });
        await lane.started(lost);
        await lane.redis.flushall();
        expect(await lane.outcome(await lane.push('echo', { value: 1 }))).toMatchObject({ kind: 'succeeded' });
        expect(finished(lane, lost)).toBe(false);
      });

      it('goes on after Redis restarted empty, with the functions loaded late', async () => {
        const { server, lane } = await ownRedis();
        const worker = serve(lane, {}, server);
        await registered(lane);
        await server.restart();
        await new Promise((resolve) => setTimeout(resolve, 500)); // the functions are missing for a while
        await loadFunctions(lane.redis);
        expect(await lane.outcome(await lane.push('echo', { value: 1 }), 10_000)).toMatchObject({ kind: 'succeeded' });
        expect(await stillRuns(worker)).toBe(true);
      });

      it('keeps an outcome while Redis does not answer', async () => {
        const { server, lane } = await ownRedis();
        serve(lane, {}, server);
        await registered(lane);
        const jobId = await lane.push('sleep', { ms: 300 });
        await lane.started(jobId);
        await lane.redis.call('CLIENT', 'PAUSE', '1200', 'ALL');
        const entry = await lane.entry((e) => e.jobs.includes(jobId) && isOutcome(e.message));
        expect(entry).toMatchObject({ late: false, message: { kind: 'succeeded', result: 'slept' } });
      });

      it('settles after its connections were cut', async () => {
        const { server, lane } = await ownRedis();
        serve(lane, {}, server);
        await registered(lane);
        const jobId = await lane.push('sleep', { ms: 300 });
        await lane.started(jobId);
        await lane.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        const entry = await lane.entry((e) => e.jobs.includes(jobId) && isOutcome(e.message));
        expect(entry).toMatchObject({ late: false, message: { kind: 'succeeded', result: 'slept' } });
      });

      const ownRedis = async () => {
        const server = await startRedis();
        cleanups.push(() => server.stop());
        return { server, lane: await openLane(server) };
      };
    });

    describe('starting', () => {
      it('describes its tasks and connects nowhere', async () => {
        const worker = describeBundle(fixtures.bundle);
        expect(await worker.exited).toEqual({ code: 0, signal: null });
        const { v, tasks } = JSON.parse(worker.stdout()) as { v: number; tasks: Record<string, unknown>[] };
        const add = tasks.find((task) => task.name === 'add')!;
        expect(v).toBe(1);
        expect(Object.keys(add).sort()).toEqual(['description', 'name', 'parameters', 'result']);
        expect(add.description).toContain('Adds two numbers.');
        expect(add.parameters).toMatchObject({
          type: 'object',
          properties: { a: { type: 'number' }, b: { type: 'number', default: 2 } },
          required: ['a'],
        });
        expect(add.result).toMatchObject({ type: 'number' });
      });

      it('exits 78 with the reason when the bundle cannot be loaded', async () => {
        for (const args of [[], ['--describe']]) {
          const worker = describeBundle(fixtures.broken, args);
          expect(await worker.exited).toEqual({ code: 78, signal: null });
          expect(worker.stderr()).toContain(fixtures.brokenReason);
        }
      });

      it('shows itself to operators', async () => {
        const { lane } = await laneWithWorker({ TASKSMITH_WORKER_ID: 'worker-7' });
        const entry = JSON.parse((await lane.redis.hget(`${lane.prefix}workers`, 'worker-7'))!) as { info: unknown };
        const info = typeof entry.info === 'string' ? (JSON.parse(entry.info) as unknown) : entry.info;
        expect(info).toMatchObject({ runtime: name, slots: 2, running: 0, startedAt: expect.any(Number) });
      });

      const describeBundle = (files: BundleFiles, args = ['--describe']): WorkerProcess => {
        const worker = startWorker({
          bundleDir: folder(files),
          prefix: 'ts:{none}:',
          redis: { host: '127.0.0.1', port: 1 },
          args,
        });
        cleanups.push(() => worker.kill());
        return worker;
      };
    });

    it('prints what 5,000 no-ops take', { timeout: 120_000 }, async () => {
      const { lane, worker } = await laneWithWorker({ TASKSMITH_CONCURRENCY: '4', TASKSMITH_HEARTBEAT_MS: '1000' });
      const noOps = (count: number) =>
        lane.pushAll(Array.from({ length: count }, () => ({ task: 'add', args: { a: 1, b: 2 } })));
      const settled = () =>
        lane.entries.reduce((sum, e) => sum + (e.message.kind === 'succeeded' ? e.jobs.length : 0), 0);
      await noOps(200);
      await lane.until(() => settled() === 200);
      const [cpu, from] = [cpuMicros(worker.pid), performance.now()];
      await noOps(5_000);
      await lane.until(() => settled() === 5_200, 60_000);
      const ms = performance.now() - from;
      const cpuPerJob = (cpuMicros(worker.pid) - cpu) / 5_000;
      console.log(
        `${name}: 5,000 no-ops, 4 slots: ${Math.round(5e6 / ms)} jobs/s, ${Math.round(cpuPerJob)} µs CPU a job`,
      );
    });
  });
}

function addressOnly({ host, port, username, password }: RedisAddress): RedisAddress {
  return { host, port, ...(username && { username }), ...(password && { password }) };
}

async function registered(lane: Lane): Promise<void> {
  await poll(async () => (await lane.redis.hlen(`${lane.prefix}workers`)) > 0, 'no worker registered');
}

async function repeatSigterm(worker: WorkerProcess): Promise<void> {
  let gone = false;
  void worker.exited.then(() => (gone = true));
  await poll(async () => {
    if (!gone) sendAgain(worker.pid);
    return gone;
  }, 'the worker does not stop');
}

/** It may have ended before we heard of it. */
function sendAgain(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function bothSlotsWork(lane: Lane): Promise<void> {
  const jobs = await lane.pushAll([1, 2].map(() => ({ task: 'sleep', args: { ms: 200 } })));
  for (const jobId of jobs) expect(await lane.outcome(jobId)).toMatchObject({ kind: 'succeeded' });
}

async function stillRuns(worker: WorkerProcess): Promise<boolean> {
  return Promise.race([worker.exited.then(() => false), Promise.resolve().then(() => true)]);
}

/** How many different heartbeats are seen within `ms`. */
async function countBeats(lane: Lane, ms: number): Promise<number> {
  const seen = new Set<string>();
  const end = performance.now() + ms;
  while (performance.now() < end) {
    for (const beat of await lane.redis.hvals(`${lane.prefix}workers`))
      seen.add(String((JSON.parse(beat) as { at: unknown }).at));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return seen.size;
}

/** Waits for the lease of `jobId` to run out, sweeps, and waits for the platform to hear of it. */
async function expire(lane: Lane, jobId: string): Promise<void> {
  await poll(async () => {
    await lane.sweep();
    return lane.messages(jobId).some((message) => message.kind === 'lost');
  }, 'the lease does not end');
}

async function poll(check: () => Promise<boolean>, complaint: string, deadlineMs = 15_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`${complaint} within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const finished = (lane: Lane, jobId: string): boolean => lane.messages(jobId).some(isOutcome);
const ready = (lane: Lane): Promise<string[]> => lane.redis.zrange(`${lane.prefix}ready`, '0', '-1');
const held = (lane: Lane): Promise<string[]> => lane.redis.zrange(`${lane.prefix}leases`, '0', '-1');

interface Line {
  at: number;
  stream: string;
  text: string;
}
const loggedLines = (messages: Message[]): Line[] =>
  messages.filter((m) => m.kind === 'logged').flatMap((m) => m.lines as Line[]);
