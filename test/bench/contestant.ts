/** What every side of a comparison can do; Tasksmith and the peers alike. */
import { type NamedProcess } from './process-usage.js';

/** Calls of `add`, each with its result known and checked. */
export interface SinglesOrder {
  runs: number;
  inFlight: number;
}

export interface BatchesOrder {
  batches: number;
  size: number;
  /** Batches in flight. */
  inFlight: number;
}

export interface Timing {
  seconds: number;
  /** One for each call. */
  latenciesMs: number[];
}

export interface Contestant {
  readonly name: string;
  /** Everything that works for it, each with the processes below it. */
  processes(): readonly NamedProcess[];
  singles(order: SinglesOrder): Promise<Timing>;
  batches(order: BatchesOrder): Promise<Timing>;
  /** Resolves when all work that its tasks so far have caused is done, also what no caller waits for. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** One whose workers can be held while a backlog is made. */
export interface Drainable extends Contestant {
  /** Makes so many tasks wait, while `pause` holds the workers. */
  fill(tasks: number): Promise<void>;
  pause(): void;
  resume(): void;
  isDrained(): Promise<boolean>;
  /** All results of the last `fill` are there and right. @throws Error */
  verify(): Promise<void>;
}
