/** What a schema written by an agent may cost: its size and depth are capped, and keywords that can be made expensive are noticed. */
import { type JsonSchema } from '#contracts';

const MAX_BYTES = 65_536;
const MAX_DEPTH = 32;
/** Their cost may grow faster than the arguments do: validation with them runs within a deadline. */
const costly = new Set(['pattern', 'patternProperties', '$ref', '$dynamicRef', 'uniqueItems', 'contains', 'format']);

export type SchemaCost = 'plain' | 'costly';

/** @returns why the schema cannot be used, or what validating with it may cost. */
export function weighSchema(schema: JsonSchema): SchemaCost | { problem: string } {
  if (JSON.stringify(schema).length > MAX_BYTES) return { problem: `it is larger than ${MAX_BYTES} bytes` };
  return weigh(schema, 0);
}

function weigh(value: unknown, depth: number): SchemaCost | { problem: string } {
  if (typeof value !== 'object' || value === null) return 'plain';
  if (depth > MAX_DEPTH) return { problem: `it is nested deeper than ${MAX_DEPTH} levels` };
  let cost: SchemaCost = 'plain';
  for (const [key, member] of Object.entries(value)) {
    if (key === '$ref' && typeof member === 'string' && !member.startsWith('#'))
      return {
        problem: `it refers to ${JSON.stringify(member.slice(0, 100))}, and only references within it are followed`,
      };
    if (key === '$async') return { problem: 'it is asynchronous' };
    const inner = weigh(member, depth + 1);
    if (typeof inner === 'object') return inner;
    if (inner === 'costly' || costly.has(key)) cost = 'costly';
  }
  return cost;
}
