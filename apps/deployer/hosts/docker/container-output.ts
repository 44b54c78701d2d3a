/** The output of a container as the engine hands it out: frames of eight bytes of header (stream, length) and text. */
import { plainLine } from '../plain-line.js';

const HEADER = 8;

/** `mixed`: both, in the order they were written. */
export function splitOutput(framed: Buffer): { stdout: string; stderr: string; mixed: string } {
  const parts: { stream: number; bytes: Buffer }[] = [];
  for (let at = 0; at + HEADER <= framed.length;) {
    const length = framed.readUInt32BE(at + 4);
    parts.push({ stream: framed[at] ?? 1, bytes: framed.subarray(at + HEADER, at + HEADER + length) });
    at += HEADER + length;
  }
  const text = (wanted?: number): string =>
    Buffer.concat(
      parts.flatMap(({ stream, bytes }) => (wanted === undefined || stream === wanted ? bytes : [])),
    ).toString('utf8');
  return { stdout: text(1), stderr: text(2), mixed: text() };
}

export function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n').map(plainLine);
}
