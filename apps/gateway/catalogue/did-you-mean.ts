/** Names that a mistyped one may have meant: the nearest first, at most three. */
export function didYouMean(given: string, names: Iterable<string>): string[] {
  const wanted = given.slice(0, 100).toLowerCase();
  return [...names]
    .map((name) => ({ name, distance: nearness(wanted, name) }))
    .filter(({ distance }) => distance <= Math.max(2, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

function nearness(wanted: string, name: string): number {
  return wanted.length > 2 && name.includes(wanted) ? 1 : editDistance(wanted, name);
}

/** Levenshtein, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
