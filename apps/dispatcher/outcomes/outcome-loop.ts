/**
 * Turns the outcome streams into events.
 * Steps: read a batch; of as many runs as are worth a commit, one order for each run, its commands in the order of the stream; append all together; then acknowledge. Acknowledging
 * comes after the commit: a crash between the two repeats the outcome, which the attempt number makes harmless; the other order loses it.
 */
import { type Lane, type RunId } from '#contracts';
import { ServiceLoop, type Startable } from '#lifecycle';
import { type OutcomeEntry, type OutcomeReader, type QueueClient } from '#queue';
import { type RunBook, type RunOrder } from '../commands/run-book.js';
import { type RunCommand } from '../run/run.commands.js';
import { Acknowledgements } from './acknowledgements.js';
import { commandFor } from './outcome-to-command.js';

/** Entries read at once; one may speak of many jobs. */
const BATCH = 200;
/** Runs whose outcomes are recorded together: as many as the log commits at once. With more, what is read of them outlives the young objects. */
const MOST_RUNS = 1_000;

export interface OutcomeLoopParts {
  reader: OutcomeReader;
  queue: QueueClient;
  book: RunBook;
  /** 0 to 1. */
  chance(): number;
  onError(error: unknown, name: string): void;
}

export class OutcomeLoop implements Startable {
  private readonly loop: ServiceLoop;
  /** Read, and not yet recorded: kept over an error, so that nothing waits for a take-over. */
  private pending: OutcomeEntry[] = [];
  private readonly acknowledgements: Acknowledgements;

  constructor(private readonly parts: OutcomeLoopParts) {
    this.acknowledgements = new Acknowledgements(parts);
    this.loop = new ServiceLoop({ name: 'outcomes', intervalMs: 0, step: () => this.step(), onError: parts.onError });
  }

  start(): Promise<void> {
    return this.loop.start();
  }

  async stop(): Promise<void> {
    const stopped = this.loop.stop();
    await this.parts.reader.stop();
    await stopped;
    await this.acknowledgements.flush();
  }

  private async step(): Promise<boolean> {
    if (this.pending.length === 0) this.pending = await this.parts.reader.read(BATCH);
    if (this.pending.length === 0) return false;
    const entries = firstOf(this.pending, MOST_RUNS);
    await this.parts.book.carryOut(ordersOf(entries, this.parts.chance));
    this.acknowledgements.add(entries);
    this.pending = this.pending.slice(entries.length);
    return true;
  }
}

/** One entry at least. */
export function firstOf(entries: readonly OutcomeEntry[], mostRuns: number): OutcomeEntry[] {
  let runs = 0;
  const end = entries.findIndex(({ jobs }, n) => (runs += jobs.length) > mostRuns && n > 0);
  return end === -1 ? [...entries] : entries.slice(0, end);
}

/** A worker speaks only for runs of its own lane, so the lane is part of the order. */
export function ordersOf(entries: readonly OutcomeEntry[], chance: () => number): RunOrder[] {
  const orders = new Map<string, { runId: RunId; lane: Lane; actor: string; commands: RunCommand[] }>();
  for (const entry of entries) {
    for (const { runId, attempt } of entry.jobs) {
      const key = `${entry.lane} ${runId}`;
      const order = orders.get(key) ?? { runId, lane: entry.lane, actor: `worker:${entry.worker}`, commands: [] };
      order.commands.push(...commandFor(entry, attempt, chance()));
      orders.set(key, order);
    }
  }
  return [...orders.values()].filter(({ commands }) => commands.length > 0);
}
