/** The arguments of the function `append_events` (migrations/0005-lighter-append.ts): one array for each column. */
import { type Category } from '#contracts';
import { int2Array, int4Array, int8Array, textArray } from './binary-arrays.js';

export interface Row {
  readonly category: Category;
  readonly stream: string;
  /** At the first row of each stream of a unit; null at the others. */
  readonly expected: number | null;
  /** From here on null where only the version is to be checked. */
  readonly version: number | null;
  readonly type: string | null;
  readonly at: number | null;
  readonly schema: number | null;
  readonly data: string | null;
  readonly meta: string | null;
}

/** @param unitOf the number of the unit that each row belongs to. */
export function toArrays(rows: readonly Row[], unitOf: readonly number[]): Buffer[] {
  return [
    int4Array(unitOf),
    textArray(rows.map(({ category }) => category)),
    textArray(rows.map(({ stream }) => stream)),
    int4Array(rows.map(({ expected }) => expected)),
    int4Array(rows.map(({ version }) => version)),
    textArray(rows.map(({ type }) => type)),
    int8Array(rows.map(({ at }) => at)),
    int2Array(rows.map(({ schema }) => schema)),
    textArray(rows.map(({ data }) => data)),
    textArray(rows.map(({ meta }) => meta)),
  ];
}
