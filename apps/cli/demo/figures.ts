/** Figures of repeated calls. */

/** The smallest value that the given share of all values does not exceed (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** How long it took, with what came of it. */
export async function timed<T>(act: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const since = performance.now();
  const value = await act();
  return { value, ms: performance.now() - since };
}

export const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** Works through all items, so many at once, in their order. */
export async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  act: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = items.entries();
  const lane = async () => {
    for (const [index, item] of queue) await act(item, index);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
