/** The thread of one slot: loads the bundle, then runs one job at a time. */
import Module from 'node:module';
import { type MessagePort } from 'node:worker_threads';
import { AUTHORING_KEY } from '../bundle/shim.js';
import * as authoring from './authoring.js';
import { FailureTeller } from './failure.js';
import { DROPPED_LINES, type FromSlot, HARD_LIMIT_MS, type SlotData, type ToSlot } from './messages.js';
import { captureOutput } from './output.js';
import { loadTasks, type LoadedTask } from './registry.js';
import { type Job, Run, type RunEvents } from './run.js';

export async function serveSlot(port: MessagePort, { bundle, shared, describe }: SlotData): Promise<void> {
  const teller = new FailureTeller(bundle);
  const send = (message: FromSlot) => port.postMessage(message);
  provideAuthoring(bundle.shim);
  const slot = new SlotThread(send, new Float64Array(shared), teller);
  captureOutput((stream, text) => slot.write(stream, text));
  const unload = (error: unknown) => {
    send({ kind: 'unloadable', reason: teller.tellAll(error) });
    process.exit(1);
  };
  process.on('unhandledRejection', (error) => (slot.isServing ? slot.broke(error) : unload(error)));
  process.on('uncaughtException', (error) => (slot.isServing ? slot.broke(error) : unload(error)));
  try {
    slot.serve(await loadTasks(bundle), port, describe);
  } catch (error) {
    unload(error);
  }
}

/** `import 'tasksmith'` finds a shim that takes the functions from here; so does `require('tasksmith')`. */
function provideAuthoring(shim: string): void {
  (globalThis as Record<symbol, unknown>)[Symbol.for(AUTHORING_KEY)] = authoring;
  const loader = Module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
  const resolve = loader._resolveFilename.bind(loader);
  loader._resolveFilename = (request, ...rest) => (request === 'tasksmith' ? shim : resolve(request, ...rest));
}

class SlotThread implements RunEvents {
  private tasks: ReadonlyMap<string, LoadedTask> | null = null;
  private run: Run | null = null;

  constructor(
    private readonly send: (message: FromSlot) => void,
    private readonly shared: Float64Array,
    private readonly teller: FailureTeller,
  ) {}

  get isServing(): boolean {
    return this.tasks !== null;
  }

  serve(tasks: ReadonlyMap<string, LoadedTask>, port: MessagePort, describe: boolean): void {
    this.tasks = tasks;
    port.on('message', (message: ToSlot) => {
      if (typeof message === 'string') this.start(JSON.parse(message) as Job);
      else this.run?.interrupt(message.interrupt);
    });
    this.send({ kind: 'ready', tasks: describe ? [...tasks.values()].map((task) => task.describe()) : [] });
  }

  write(stream: 'stdout' | 'stderr', text: string): boolean {
    this.run?.write(stream, text);
    return this.run !== null;
  }

  /** Left over from an earlier run, it is nobody's failure. */
  broke(error: unknown): void {
    if (this.run !== null) this.run.brokeDown(error);
    else process.stderr.write(`after its run had ended: ${this.teller.tellAll(error)}\n`);
  }

  lines = (lines: Parameters<RunEvents['lines']>[0]): void => this.send({ kind: 'lines', lines });

  progress = (progress: Parameters<RunEvents['progress']>[0]): void => this.send({ kind: 'progress', progress });

  dropped = (count: number): void => {
    this.shared[DROPPED_LINES] = count;
  };

  ended = (outcome: string, isSpent: boolean): void => {
    this.run = null;
    authoring.setCurrent(null);
    this.send(isSpent ? { kind: 'spent', outcome } : outcome);
  };

  private start(job: Job): void {
    this.shared[HARD_LIMIT_MS] = job.hardLimitMs;
    this.shared[DROPPED_LINES] = 0;
    this.run = new Run(job, this.teller, this);
    authoring.setCurrent(this.run);
    this.run.start(this.tasks!.get(job.task));
  }
}
