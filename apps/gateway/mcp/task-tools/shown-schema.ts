/**
 * A task's schema as clients can take it. One schema that a client cannot read would cost it the whole list of tools, so what is doubtful
 * is left out: the call itself is checked against the real schema.
 */
import { type JsonSchema } from '#contracts';
import { shortText } from '../text/hygiene.js';

const MAX_BYTES = 6_000;
const MAX_DEPTH = 12;
const words = new Set(['description', 'title', '$comment']);
/** Schemas that stand elsewhere, or need a resolver. */
const references = new Set([
  '$ref',
  '$dynamicRef',
  '$recursiveRef',
  '$id',
  '$anchor',
  '$dynamicAnchor',
  '$defs',
  'definitions',
  '$schema',
]);

export function shownArguments(schema: JsonSchema): JsonSchema {
  const shown = shownObject(schema) ?? {};
  const { properties, required, ...rest } = shown;
  return {
    ...rest,
    type: 'object',
    ...(isObject(properties) ? { properties: withoutBooleans(properties) } : {}),
    ...(Array.isArray(required) && required.every((name) => typeof name === 'string') ? { required } : {}),
  };
}

/** Undefined when the result is not an object, or cannot be described safely. */
export function shownResult(schema: JsonSchema): JsonSchema | undefined {
  return schema['type'] === 'object' ? shownObject(schema) : undefined;
}

function shownObject(schema: JsonSchema): JsonSchema | undefined {
  if (usesReferences(schema, 0) || JSON.stringify(schema).length > MAX_BYTES) return undefined;
  return shown(schema, 0, false) as JsonSchema;
}

function usesReferences(node: unknown, depth: number): boolean {
  if (depth > MAX_DEPTH) return true;
  if (Array.isArray(node)) return node.some((item) => usesReferences(item, depth + 1));
  if (!isObject(node)) return false;
  return Object.entries(node).some(([name, member]) => references.has(name) || usesReferences(member, depth + 1));
}

function shown(node: unknown, depth: number, isNames: boolean): unknown {
  if (Array.isArray(node)) return node.map((item) => shown(item, depth + 1, false));
  if (!isObject(node)) return typeof node === 'string' ? shortText(node, 1_000) : node;
  return Object.fromEntries(
    Object.entries(node).map(([name, member]) => {
      const isText = !isNames && words.has(name) && typeof member === 'string';
      return [name, isText ? shortText(member, 300) : shown(member, depth + 1, !isNames && name === 'properties')];
    }),
  );
}

/** `true` and `false` are schemas, but clients want objects. */
function withoutBooleans(properties: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [
      name,
      isObject(schema) ? schema : schema === false ? { not: {} } : {},
    ]),
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
