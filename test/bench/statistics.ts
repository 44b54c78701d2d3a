/** What is made of several measured values: the middle, the ends, percentiles, and ratios pair by pair. */

export interface Spread {
  min: number;
  median: number;
  max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = ascending(values);
  return { min: sorted[0] ?? NaN, median: medianOf(sorted), max: sorted.at(-1) ?? NaN };
}

/** The mean of the two in the middle when their number is even; NaN of nothing. */
export function medianOf(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** The least value that at least this share of all values does not exceed: `share` 0.99 is the 99th percentile. */
export function percentileOf(values: readonly number[], share: number): number {
  const sorted = ascending(values);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

/** Each of ours over theirs of the same pair: both were measured one right after the other, so the machine's mood cancels out. */
export function pairRatios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.slice(0, theirs.length).map((value, index) => value / theirs[index]!);
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
