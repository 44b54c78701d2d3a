/**
 * An answer as a model gets it: the same members as JSON text and as structured content, free of what cannot be seen, and not longer than
 * a model can use.
 */
import { cleanJson, wholeCharacters } from '../text/hygiene.js';
import { type ToolAnswer } from './tool.js';

export const MAX_ANSWER_BYTES = 60_000;
/** Room for the note that something was cut off. */
const NOTE_BYTES = 600;

export interface RenderedAnswer {
  [member: string]: unknown;
  content: { type: 'text'; text: string }[];
  structuredContent: Record<string, unknown>;
  isError: boolean;
}

export function renderAnswer({ isError, fields, whole }: ToolAnswer): RenderedAnswer {
  const { fields: shown, text } = fitted(cleanJson(fields) as Record<string, unknown>, whole);
  return { content: [{ type: 'text', text }], structuredContent: shown, isError };
}

function fitted(
  fields: Record<string, unknown>,
  whole: string | undefined,
): { fields: Record<string, unknown>; text: string } {
  const text = JSON.stringify(fields);
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_ANSWER_BYTES) return { fields, text };
  const cut = cutDown(fields, bytes);
  const note = { members: cut.members, bytes, note: `Cut off to ${MAX_ANSWER_BYTES} bytes. ${whole ?? ''}`.trim() };
  const shorter = { ...cut.fields, truncated: note };
  return { fields: shorter, text: JSON.stringify(shorter) };
}

/** The largest member is shortened first, then the next, until the rest fits. */
function cutDown(
  fields: Record<string, unknown>,
  bytes: number,
): { fields: Record<string, unknown>; members: string[] } {
  const shorter = { ...fields };
  const sizes = Object.entries(fields).map(([name, value]) => ({ name, size: sizeOf(value) }));
  const members: string[] = [];
  let surplus = bytes - (MAX_ANSWER_BYTES - NOTE_BYTES);
  for (const { name, size } of sizes.sort((a, b) => b.size - a.size)) {
    if (surplus <= 0) break;
    shorter[name] = cutTo(shorter[name], Math.max(0, size - surplus));
    members.push(name);
    surplus -= size - sizeOf(shorter[name]);
  }
  return { fields: shorter, members };
}

/** A text keeps its beginning, a list its first items, an object becomes the beginning of its text. */
function cutTo(value: unknown, bytes: number): unknown {
  if (typeof value === 'string') return cutText(value, bytes);
  if (Array.isArray(value)) return firstItems(value, bytes);
  if (typeof value === 'object' && value !== null) return { preview: cutText(JSON.stringify(value), bytes - 14) };
  return value;
}

function firstItems(items: readonly unknown[], bytes: number): unknown[] {
  let left = bytes - 2;
  const count = items.findIndex((item) => (left -= sizeOf(item) + 1) < 0);
  const kept = count === -1 ? [...items] : items.slice(0, count);
  return kept.length > 0 || items.length === 0
    ? kept
    : [cutTo(items[0], bytes - 2)].filter((item) => sizeOf(item) <= bytes);
}

/** By the size of its JSON, in which quotes and line ends take more room. */
function cutText(text: string, bytes: number): string {
  let length = Math.min(text.length, Math.max(0, bytes));
  let cut = text.slice(0, length);
  while (length > 0 && sizeOf(cut) > bytes) {
    length = Math.floor(length * Math.min(0.95, bytes / sizeOf(cut)));
    cut = wholeCharacters(text.slice(0, length));
  }
  return cut;
}

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');
