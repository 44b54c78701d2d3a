// One child process that is kept running: started and waited for, restarted when it dies, stopped with SIGTERM and then SIGKILL.
import { type ChildProcess, spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Readable } from 'node:stream';
import { lastLines, openLog, rotateWhenFull } from './log-file.js';
import { waitUntil } from './wait-until.js';

export interface ProgramSpec {
  name: string;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  logFile: string;
  /** Whether it answers; asked until it does. */
  isReady: () => Promise<boolean>;
  readyTimeoutMs?: number;
  stopSignal?: NodeJS.Signals;
  stopTimeoutMs?: number;
  /** Sent when `stopSignal` took too long, 10 s before SIGKILL. Default: none. */
  abortSignal?: NodeJS.Signals;
  /** Runs as this user; only root can ask for it. */
  user?: { uid: number; gid: number };
  /** Shows each line on this terminal too, with the program's name before it. */
  echo?: boolean;
  /** Called after each change of pid; undefined when it has ended. */
  onPid?: (pid: number | undefined) => void;
  /** Called before a restart after an unexpected death. */
  onRestart?: (why: string, delayMs: number) => void;
}

const firstDelayMs = 200;
const maxDelayMs = 10_000;
const steadyAfterMs = 30_000;
const rotationCheckMs = 60_000;

export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private isWanted = false;
  private deathsInARow = 0;
  private startedAt = 0;
  private restartTimer: NodeJS.Timeout | undefined;
  private rotationTimer: NodeJS.Timeout | undefined;

  constructor(private readonly spec: ProgramSpec) {}

  get name(): string {
    return this.spec.name;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Starts it and waits until it is ready; throws with the end of its log when it dies or takes too long. */
  async start(): Promise<void> {
    if (this.isWanted) return this.untilReady();
    this.spawn();
    try {
      await this.untilReady({ orDead: true });
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.isWanted = true;
    this.rotationTimer = setInterval(() => rotateWhenFull(this.spec.logFile), rotationCheckMs).unref();
    if (!this.child) this.restartLater('it ended right after it was ready');
  }

  /** Waits until it is ready, also across restarts. */
  async untilReady({ orDead = false } = {}): Promise<void> {
    const { name, isReady, readyTimeoutMs = 30_000, logFile } = this.spec;
    const died = () => orDead && !this.child;
    const settled = await waitUntil(
      async () => died() || (this.child !== undefined && (await isReady())),
      readyTimeoutMs,
    );
    if (settled && !died()) return;
    const what = settled ? 'ended while starting' : `was not ready after ${readyTimeoutMs / 1000} s`;
    throw new Error(`${name} ${what}. The end of ${logFile}:\n${lastLines(logFile)}`);
  }

  /** Asks it to stop, and kills it when it has not within its time. Safe to call twice. */
  async stop(): Promise<void> {
    this.isWanted = false;
    clearTimeout(this.restartTimer);
    clearInterval(this.rotationTimer);
    const { stopSignal = 'SIGTERM', stopTimeoutMs = 10_000, abortSignal } = this.spec;
    this.kill(stopSignal);
    if (await waitUntil(() => !this.child, stopTimeoutMs)) return;
    if (abortSignal) {
      this.kill(abortSignal);
      if (await waitUntil(() => !this.child, 10_000)) return;
    }
    this.kill('SIGKILL');
    await waitUntil(() => !this.child, 5_000);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Sends a signal and does nothing else: a process that dies of it is restarted like after any other death. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child?.kill(signal);
  }

  private spawn(): void {
    const { command, args, env, cwd, logFile, user, echo } = this.spec;
    rotateWhenFull(logFile);
    const log = openLog(logFile);
    const output = echo ? 'pipe' : log.descriptor;
    // In a group of its own: Ctrl-C on the terminal reaches only the stack, which then stops its children in order.
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', output, output], ...user });
    if (echo) [child.stdout, child.stderr].forEach((stream) => stream && this.echoLines(stream, log.descriptor));
    child.once('error', (error) => this.ended(child, `it could not be started: ${error.message}`));
    child.once('exit', (status, signal) =>
      this.ended(child, signal ? `it was ended by ${signal}` : `it exited with ${status}`),
    );
    // After the last line has come through the pipe.
    child.once('close', () => log.close());
    this.child = child;
    this.startedAt = performance.now();
    this.spec.onPid?.(child.pid);
  }

  private ended(child: ChildProcess, why: string): void {
    if (this.child !== child) return;
    this.child = undefined;
    this.spec.onPid?.(undefined);
    if (this.isWanted) this.restartLater(why);
  }

  private restartLater(why: string): void {
    const wasSteady = performance.now() - this.startedAt > steadyAfterMs;
    this.deathsInARow = wasSteady ? 1 : this.deathsInARow + 1;
    const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** (this.deathsInARow - 1));
    this.spec.onRestart?.(why, delayMs);
    this.restartTimer = setTimeout(() => this.spawn(), delayMs);
  }

  private echoLines(stream: Readable, logDescriptor: number): void {
    createInterface({ input: stream }).on('line', (line) => {
      writeSync(logDescriptor, `${line}\n`);
      process.stderr.write(`[${this.spec.name}] ${line}\n`);
    });
  }
}
