/** One row of the table of docs/benchmark.md. */
import { type Bench } from '../bench.js';
import { type Findings } from '../figures.js';

export interface Scenario {
  /** `b1`, as it is asked for. */
  id: string;
  title: string;
  measure(bench: Bench): Promise<Findings>;
}
