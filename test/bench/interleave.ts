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
