/** Measures contestants in turn, A B A B, so that what else the machine does falls on all of them alike. */

/** One list for each contestant, in their order; the n-th elements of all lists were measured one right after the other. */
export async function interleave<C, M>(
  rounds: number,
  contestants: readonly C[],
  measure: (contestant: C, round: number) => Promise<M>,
): Promise<M[][]> {
  const measured: M[][] = contestants.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [index, contestant] of contestants.entries()) measured[index]!.push(await measure(contestant, round));
  return measured;
}

export interface RoundLimits {
  /** How long a round should take. */
  seconds: number;
  least: number;
  most: number;
}

/** So many tasks that a round takes about as long as wished, on a slow machine too; by the rate of the warm-up. */
export function roundSize(warmUp: { tasks: number; seconds: number }, { seconds, least, most }: RoundLimits): number {
  const wished = (warmUp.tasks / warmUp.seconds) * seconds;
  return Math.round(Math.min(most, Math.max(least, wished)));
}
