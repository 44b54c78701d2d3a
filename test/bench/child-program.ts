/**
 * A program of the benchmark as a child process: it reads one JSON request a line on stdin and answers one JSON line on stdout.
 * Its first line is `{"ready":true}`. What it writes to stderr is shown when it fails.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

export interface ProgramOptions {
  name: string;
  command: string;
  args: readonly string[];
  env?: Record<string, string>;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

const STDERR_KEPT = 4_000;
const STOP_WITHIN_MS = 5_000;

export class ChildProgram {
  private readonly waiting: Waiting[] = [];
  private readonly ended: Promise<unknown>;
  private errors = '';

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcessWithoutNullStreams,
  ) {
    this.ended = once(child, 'close').then(() => this.failAll());
    child.on('error', (error) => (this.errors += error.message));
    child.stdin.on('error', () => undefined);
    child.stderr.on('data', (chunk: Buffer) => (this.errors = (this.errors + chunk.toString()).slice(-STDERR_KEPT)));
    createInterface({ input: child.stdout }).on('line', (line) => this.receive(line));
  }

  /** Resolves when it says that it is ready. */
  static async start({ name, command, args, env }: ProgramOptions): Promise<ChildProgram> {
    const program = new ChildProgram(name, spawn(command, args, { env: { ...process.env, ...env } }));
    await program.answer();
    return program;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** One at a time: answers come in the order of the requests. @throws Error with what the program says went wrong. */
  async ask<T>(request: Record<string, unknown>): Promise<T> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    return (await this.answer()) as T;
  }

  /** Ends its input, which it takes as the end; kills it when it does not. Safe to call twice. */
  async stop(): Promise<void> {
    this.child.stdin.end();
    await Promise.race([this.ended, pause(STOP_WITHIN_MS, undefined, { ref: false })]);
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.ended;
  }

  private answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.child.exitCode !== null) reject(this.failure());
      else this.waiting.push({ resolve, reject });
    });
  }

  private receive(line: string): void {
    const answer = JSON.parse(line) as { error?: string };
    const { resolve, reject } = this.waiting.shift()!;
    if (answer.error !== undefined) reject(new Error(`${this.name}: ${answer.error}`));
    else resolve(answer);
  }

  private failAll(): void {
    for (const { reject } of this.waiting.splice(0)) reject(this.failure());
  }

  private failure(): Error {
    return new Error(`${this.name} ended: ${this.errors.trim() || `status ${this.child.exitCode}`}`);
  }
}
