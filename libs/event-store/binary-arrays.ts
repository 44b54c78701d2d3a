/**
 * One-dimensional arrays as parameters of a query, in the binary form that PostgreSQL reads without parsing: no quoting here, no unquoting there.
 * Source: `array_recv` and the `recv` functions of the element types in the server's sources. The `pg` client sends a Buffer as it is, marked as binary.
 */

type List<T> = readonly (T | null)[];

/** Object ids of the element types: `pg_type.dat` of the server. */
const oid = { int8: 20, int2: 21, int4: 23, text: 25, uuid: 2950 };
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

/** @throws RangeError for a number that does not fit; so do the others. */
export const int2Array = (values: List<number>): Buffer =>
  fixedArray(values, { oid: oid.int2, width: 2, write: (buffer, value, at) => buffer.writeInt16BE(value, at) });

export const int4Array = (values: List<number>): Buffer =>
  fixedArray(values, { oid: oid.int4, width: 4, write: (buffer, value, at) => buffer.writeInt32BE(value, at) });

/** In two halves: a BigInt for each would take three times as long. @throws RangeError for what is no safe integer. */
export const int8Array = (values: List<number>): Buffer =>
  fixedArray(values, {
    oid: oid.int8,
    width: 8,
    write: (buffer, value, at) => {
      if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no safe integer`);
      buffer.writeUInt32BE(value >>> 0, buffer.writeInt32BE(Math.floor(value / 2 ** 32), at));
    },
  });

/** Of ids in their usual form, with hyphens. */
export const uuidArray = (values: List<string>): Buffer =>
  fixedArray(values, {
    oid: oid.uuid,
    width: 16,
    write: (buffer, value, at) => buffer.write(value.replaceAll('-', ''), at, 'hex'),
  });

export function textArray(values: List<string>): Buffer {
  const lengths = values.map((value) => (value === null ? NULL_LENGTH : Buffer.byteLength(value)));
  const bytes = lengths.reduce((sum, length) => sum + LENGTH_BYTES + Math.max(0, length), HEADER_BYTES);
  const buffer = Buffer.allocUnsafe(bytes);
  let at = writeHeader(buffer, oid.text, values);
  values.forEach((value, index) => {
    at = buffer.writeInt32BE(lengths[index]!, at);
    if (value !== null) at += buffer.write(value, at);
  });
  return buffer;
}

interface Fixed<T> {
  oid: number;
  width: number;
  write(buffer: Buffer, value: T, at: number): void;
}

function fixedArray<T>(values: List<T>, { oid: element, width, write }: Fixed<T>): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + values.length * (LENGTH_BYTES + width));
  let at = writeHeader(buffer, element, values);
  for (const value of values) {
    at = buffer.writeInt32BE(value === null ? NULL_LENGTH : width, at);
    if (value === null) continue;
    write(buffer, value, at);
    at += width;
  }
  return buffer.subarray(0, at);
}

/** Dimensions, whether there are nulls, element type; length and lower bound of the one dimension. */
function writeHeader(buffer: Buffer, element: number, values: List<unknown>): number {
  let at = 0;
  for (const part of [1, values.includes(null) ? 1 : 0, element, values.length, 1]) at = buffer.writeInt32BE(part, at);
  return at;
}
