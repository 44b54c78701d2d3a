/** What a scenario answers with: judged figures, the values behind them, what each process cost, and remarks. */

export type Limit = { atLeast: number } | { atMost: number };

export interface Figure {
  /** `B1`, as in the table of docs/benchmark.md; further figures of a scenario carry the same id. */
  id: string;
  name: string;
  unit: string;
  value: number;
  must?: Limit;
  aim?: Limit;
  /** Ratios, pair by pair, of which the value is the median. */
  pairs?: readonly number[];
}

/** One contestant's values, one for each round. */
export interface Series {
  name: string;
  unit: string;
  values: readonly number[];
}

/** CPU time by process, children included. */
export interface Costs {
  name: string;
  /** `µs of CPU per task`. */
  unit: string;
  byProcess: Readonly<Record<string, number>>;
}

export interface Findings {
  figures: readonly Figure[];
  series: readonly Series[];
  costs?: readonly Costs[];
  notes?: readonly string[];
}

export function isMet(value: number, limit: Limit): boolean {
  return 'atLeast' in limit ? value >= limit.atLeast : value <= limit.atMost;
}

export const atLeast = (value: number): Limit => ({ atLeast: value });
export const atMost = (value: number): Limit => ({ atMost: value });
