/**
 * One worker process that is kept running.
 * Steps: start it (or watch one that runs already), wait for its end, end what is left of its group, pause, start it again.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type WorkerView } from '#contracts';
import { STOP_AFTER_MS } from '../worker-host.js';
import { isWorkerOf, signalGroup } from './process-identity.js';
import { makeTemporaryFolder, removeTemporaryFolder } from './temporary-folder.js';
import { lastLines, openForAppending, rotateWhenFull } from './worker-log.js';
import { forgetRecord, livingRecord, RECORD_AND_BECOME, recordFile, recordsFolder } from './worker-record.js';

export interface WorkerSpec {
  name: string;
  replica: number;
  /** Of the deployment. */
  path: string;
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  fingerprint: string;
  logFile: string;
}

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 30_000;
const STEADY_AFTER_MS = 60_000;
const WATCH_MS = 250;
const RECORDED_WITHIN_MS = 2_000;
const ROTATE_MS = 30_000;

export class SupervisedWorker {
  private pid: number | undefined;
  private lastPid: number | undefined;
  private isWanted = true;
  private starts = 0;
  private deathsInARow = 0;
  private startedAt = 0;
  private lastEnd = '';
  private restartTimer: NodeJS.Timeout | undefined;
  private spawning: Promise<void> = Promise.resolve();
  private watchTimer: NodeJS.Timeout | undefined;
  private readonly rotation: NodeJS.Timeout;
  private onGone: (() => void) | undefined;

  constructor(readonly spec: WorkerSpec) {
    this.rotation = setInterval(() => rotateWhenFull(spec.logFile), ROTATE_MS).unref();
  }

  /** Takes on the one that runs with the same settings; one with others is ended first. */
  async start(): Promise<void> {
    const { path, name, fingerprint } = this.spec;
    const living = livingRecord(path, name);
    if (living?.fingerprint === fingerprint) return this.watch(living.pid);
    if (living) await endGroup(path, living.pid);
    this.spawning = this.spawn();
    await this.spawning;
    await this.recorded();
  }

  /** Of the process that runs, or of the last one while the next has not been started. */
  get handle(): string {
    return String(this.pid ?? this.lastPid ?? '');
  }

  get state(): WorkerView['state'] {
    if (this.pid !== undefined) return 'running';
    return this.isWanted ? 'restarting' : 'exited';
  }

  get restarts(): number {
    return Math.max(0, this.starts - 1);
  }

  get detail(): string {
    return this.lastEnd;
  }

  logTail(lines: number): string[] {
    return lastLines(this.spec.logFile, lines);
  }

  /** Lets it go on by itself. */
  release(): void {
    this.isWanted = false;
    clearTimeout(this.restartTimer);
    clearInterval(this.watchTimer);
    clearInterval(this.rotation);
  }

  /** SIGTERM, then SIGKILL; resolves when it is gone. */
  async stop(): Promise<void> {
    this.isWanted = false;
    clearTimeout(this.restartTimer);
    await this.spawning.catch(() => undefined);
    const { pid } = this;
    if (pid !== undefined) {
      const gone = new Promise<void>((resolve) => (this.onGone = resolve));
      signalGroup(pid, 'SIGTERM');
      const patience = setTimeout(() => signalGroup(pid, 'SIGKILL'), STOP_AFTER_MS);
      await gone;
      clearTimeout(patience);
    }
    this.release();
    forgetRecord(this.spec.path, this.spec.name);
    await removeTemporaryFolder(this.spec.path, this.spec.name);
  }

  /** Waits for the process to say who it is, so that whoever looks from now on finds it. */
  private async recorded(): Promise<void> {
    const { path, name } = this.spec;
    const deadline = performance.now() + RECORDED_WITHIN_MS;
    while (this.pid !== undefined && !livingRecord(path, name) && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  private async spawn(): Promise<void> {
    const { path, name, command, args, env, fingerprint, logFile } = this.spec;
    this.startedAt = performance.now();
    await makeTemporaryFolder(path, name);
    if (!this.isWanted) return;
    mkdirSync(recordsFolder(path), { recursive: true });
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openForAppending(logFile);
    const wrapped = ['-c', RECORD_AND_BECOME, recordFile(path, name), fingerprint, command, ...args];
    // A session of its own and no pipes: it neither dies with this process nor blocks when nobody reads.
    const child = spawn('/bin/sh', wrapped, {
      cwd: path,
      env,
      detached: true,
      stdio: ['ignore', log.descriptor, log.descriptor],
    });
    log.close();
    child.unref();
    this.starts += 1;
    this.pid = child.pid;
    child.once('error', (error) => this.ended(`could not be started: ${error.message}`));
    child.once('exit', (status, signal) => this.ended(signal ? `ended by ${signal}` : `exited with ${status}`));
  }

  /** It was started by an earlier process of this service, so its end is seen only by looking. */
  private watch(pid: number): void {
    this.pid = pid;
    this.starts = 1;
    this.startedAt = performance.now();
    this.watchTimer = setInterval(() => {
      if (isWorkerOf(this.spec.path, pid)) return;
      clearInterval(this.watchTimer);
      this.ended('ended');
    }, WATCH_MS);
  }

  private ended(how: string): void {
    const { pid } = this;
    if (pid !== undefined) signalGroup(pid, 'SIGKILL');
    this.lastPid = pid ?? this.lastPid;
    this.pid = undefined;
    this.lastEnd = how;
    this.onGone?.();
    if (this.isWanted) this.restartLater();
  }

  private restartLater(): void {
    const wasSteady = performance.now() - this.startedAt > STEADY_AFTER_MS;
    this.deathsInARow = wasSteady ? 1 : this.deathsInARow + 1;
    const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.deathsInARow - 1));
    this.restartTimer = setTimeout(() => {
      // A full disk now may have room later.
      this.spawning = this.spawn();
      this.spawning.catch((error: Error) => this.ended(`could not be started: ${error.message}`));
    }, delayMs);
  }
}

/** Ends a worker that nobody supervises. */
export async function endGroup(path: string, pid: number): Promise<void> {
  const deadline = performance.now() + STOP_AFTER_MS;
  signalGroup(pid, 'SIGTERM');
  while (isWorkerOf(path, pid) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  signalGroup(pid, 'SIGKILL');
  while (isWorkerOf(path, pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}
