/** Tasks as agents read them: parameters in the simple form instead of JSON Schema, and who the description is from. */
import { type Json, type JsonSchema, type TaskView } from '#contracts';
import { type Caller } from '../../auth/index.js';
import { firstLine, shortText } from '../text/hygiene.js';
import { iso } from './iso.js';
import { type ToolParts } from '../catalogue/index.js';

const typeNames: Readonly<Record<string, string>> = {
  string: 'str',
  integer: 'int',
  number: 'float',
  boolean: 'bool',
  array: 'list',
  object: 'dict',
  null: 'None',
};

/** The type name that an agent would write for a schema. */
export function typeNameOf(schema: unknown): string {
  const { type, items, anyOf, description } = (schema ?? {}) as JsonSchema;
  if (Array.isArray(anyOf)) return [...new Set(anyOf.map(typeNameOf))].join(' | ');
  if (Array.isArray(type)) return type.map((one) => typeNames[String(one)] ?? 'Any').join(' | ');
  if (type === 'array' && items !== undefined) return `list[${typeNameOf(items)}]`;
  // A type that nobody knows was kept as "type Image".
  const unknown = typeof description === 'string' ? /^type (\S.{0,60})$/.exec(description)?.[1] : undefined;
  return typeNames[String(type)] ?? unknown ?? 'Any';
}

export interface ShownParameter {
  name: string;
  type: string;
  required: boolean;
  description: string;
  default?: Json;
}

export function parametersOf(argumentsSchema: JsonSchema): ShownParameter[] {
  const properties = (argumentsSchema['properties'] ?? {}) as Record<string, JsonSchema>;
  const required = new Set(Array.isArray(argumentsSchema['required']) ? argumentsSchema['required'] : []);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    type: typeNameOf(schema),
    required: required.has(name),
    description: shortText(String(schema?.['description'] ?? ''), 300),
    ...(schema?.['default'] === undefined ? {} : { default: schema['default'] as Json }),
  }));
}

/** How a task stands in a list. */
export function listedTask(task: TaskView, origin: string, maxDescription = 500) {
  return {
    name: task.name,
    description: shortText(task.description, maxDescription),
    parameters: parametersOf(task.argumentsSchema),
    return_type: typeNameOf(task.resultSchema),
    category: task.category,
    queue: task.queue,
    created_at: iso(task.createdAt),
    last_updated: iso(task.updatedAt),
    serving: task.activeVersion !== null,
    origin,
    ...(task.deprecated === null ? {} : { deprecated: shortText(task.deprecated, 300) }),
  };
}

/** In one line, for search results. */
export function foundTask(task: TaskView, origin: string) {
  return {
    name: task.name,
    description: firstLine(task.description, 200),
    parameters: parametersOf(task.argumentsSchema).map(
      ({ name, type, required }) => `${name}${required ? '' : '?'}: ${type}`,
    ),
    category: task.category,
    queue: task.queue,
    serving: task.activeVersion !== null,
    origin,
  };
}

/** Whose words the description and the results are: a reader should not take them for the platform's own. */
export async function originOf(
  task: string,
  caller: Caller,
  { catalogue }: Pick<ToolParts, 'catalogue'>,
): Promise<string> {
  const served = await catalogue.resolve(task);
  return 'refusal' in served ? 'unknown' : originName(served.by, caller);
}

export const originName = (by: string, caller: Caller): string => (by === caller.actor ? 'you' : by);
