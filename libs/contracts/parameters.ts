/** The simple parameter list that agents write, as the JSON Schema that everything else uses. */
import { type JsonSchema } from './ids.js';
import { type Parameter } from './tasks.js';

/** Names of Python, JSON Schema and TypeScript, in lower case. `{}` lets anything pass. */
const schemas: Readonly<Record<string, JsonSchema>> = {
  str: { type: 'string' },
  string: { type: 'string' },
  int: { type: 'integer' },
  integer: { type: 'integer' },
  float: { type: 'number' },
  number: { type: 'number' },
  bool: { type: 'boolean' },
  boolean: { type: 'boolean' },
  list: { type: 'array' },
  array: { type: 'array' },
  dict: { type: 'object' },
  object: { type: 'object' },
  none: { type: 'null' },
  null: { type: 'null' },
  any: {},
};

/** JSON Schema 2020-12 of the arguments object. A parameter with a default is never required; members that are not listed are refused. */
export function schemaOfParameters(parameters: readonly Parameter[]): JsonSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map((parameter) => [parameter.name, schemaOfParameter(parameter)])),
    required: parameters
      .filter(({ required, default: given }) => required && given === undefined)
      .map(({ name }) => name),
    additionalProperties: false,
  };
}

/** Also for a result. `list[int]` and `Optional[int]` are understood; a type nobody knows lets anything pass and keeps its name as a description. */
export function schemaOfType(type: string): JsonSchema {
  const text = type.trim();
  const known = schemas[text.toLowerCase()];
  return known ? { ...known } : (schemaOfGeneric(text) ?? { description: `type ${text}` });
}

function schemaOfParameter({ type, description, default: given }: Parameter): JsonSchema {
  const schema = schemaOfType(type);
  const words = [description, schema['description']].filter(Boolean).join(' — ');
  return { ...schema, ...(words ? { description: words } : {}), ...(given === undefined ? {} : { default: given }) };
}

function schemaOfGeneric(type: string): JsonSchema | undefined {
  const [, outer = '', inner = ''] = /^(list|array|optional)\s*[[<](.+)[\]>]$/i.exec(type) ?? [];
  if (!outer) return /^dict\s*\[.+\]$/i.test(type) ? { type: 'object' } : undefined;
  if (outer.toLowerCase() === 'optional') return { anyOf: [schemaOfType(inner), { type: 'null' }] };
  return { type: 'array', items: schemaOfType(inner) };
}
