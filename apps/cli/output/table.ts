/** Tables without lines: easy to read, and to cut with awk. */
import Table from 'cli-table3';

const nothing = '';
const borderless = Object.fromEntries(
  [
    ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ]
    .flat()
    .map((part) => [part, nothing]),
);
const look = { chars: borderless, style: { 'padding-left': 0, 'padding-right': 3, head: [], border: [] } };

/** Rows of equal length; without a head when it is left out. */
export function table(rows: readonly (readonly string[])[], head?: readonly string[]): string {
  const drawn = new Table({ ...look, ...(head && { head: [...head] }) });
  drawn.push(...rows.map((row) => [...row]));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
