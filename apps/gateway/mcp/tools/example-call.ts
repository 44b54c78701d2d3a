/** Arguments that fit a schema, as an example: what the schema gives as examples and defaults, else something of the right type. */
import { type Json, type JsonSchema } from '#contracts';

const values: Readonly<Record<string, Json>> = {
  string: 'text',
  integer: 1,
  number: 1.5,
  boolean: true,
  array: [],
  object: {},
  null: null,
};

/** Only the required ones: an example shows the shortest call. */
export function exampleOf(argumentsSchema: JsonSchema): Record<string, Json> {
  const properties = (argumentsSchema['properties'] ?? {}) as Record<string, JsonSchema>;
  const required = Array.isArray(argumentsSchema['required']) ? (argumentsSchema['required'] as string[]) : [];
  return Object.fromEntries(required.map((name) => [name, exampleValue(properties[name])]));
}

function exampleValue(schema: JsonSchema | undefined): Json {
  if (!schema) return 'text';
  const { default: given, examples, enum: allowed, const: only, type, anyOf } = schema;
  if (Array.isArray(examples) && examples.length > 0) return examples[0] as Json;
  if (given !== undefined) return given as Json;
  if (Array.isArray(allowed) && allowed.length > 0) return allowed[0] as Json;
  if (only !== undefined) return only as Json;
  if (Array.isArray(anyOf)) return exampleValue(anyOf[0] as JsonSchema);
  const name = Array.isArray(type) ? type[0] : type;
  if (name === 'object' && Array.isArray(schema['required'])) return exampleOf(schema);
  return values[String(name)] ?? 'text';
}
