/** JSON Schemas of tools in the fewest words that still say everything a model needs. */
import { z } from 'zod';
import { type JsonSchema } from '#contracts';

export function inputSchemaOf(schema: z.ZodType): JsonSchema {
  return compact(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })) as JsonSchema;
}

export function outputSchemaOf(schema: z.ZodObject): JsonSchema {
  const { type, properties } = compact(z.toJSONSchema(schema, { io: 'output' })) as JsonSchema;
  return { type, properties, required: ['success'] };
}

function compact(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(compact);
  if (typeof node !== 'object' || node === null) return node;
  const members = { ...(node as JsonSchema) };
  delete members['$schema'];
  delete members['propertyNames'];
  // The format says it; what zod writes as its pattern is long.
  if (members['format'] !== undefined) delete members['pattern'];
  if (members['minimum'] === Number.MIN_SAFE_INTEGER) delete members['minimum'];
  if (members['maximum'] === Number.MAX_SAFE_INTEGER) delete members['maximum'];
  if (isEmpty(members['additionalProperties'])) delete members['additionalProperties'];
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, compact(member)]));
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;
