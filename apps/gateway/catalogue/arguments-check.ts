/**
 * Checks arguments against a task's schema, and says what is wrong in words that name the argument, what was given and what is expected.
 * Compiled validators are kept for as long as the catalogue keeps the schema.
 */
import { type ErrorObject, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { type Json, type JsonSchema, refuse, type Refused } from '#contracts';
import { bounded, TookTooLong } from './bounded.js';
import { type ServedTask } from './catalogue.js';
import { type SchemaCost, weighSchema } from './schema-limits.js';

export interface ArgumentError {
  /** JSON pointer into the arguments. */
  field: string;
  message: string;
}

interface Validator {
  readonly validate: ValidateFunction;
  readonly cost: SchemaCost;
}

const MAX_ERRORS = 20;
const ajv = new Ajv2020({
  strict: false,
  allErrors: false,
  verbose: true,
  validateSchema: false,
  meta: false,
  addUsedSchema: false,
  inlineRefs: false,
  unicodeRegExp: false,
  logger: false,
});
ajvFormats.default(ajv, { mode: 'fast' });
const validators = new WeakMap<JsonSchema, Validator | { problem: string }>();

/** Undefined when they fit. */
export function checkArguments(
  task: Pick<ServedTask, 'name' | 'argumentsSchema'>,
  given: Record<string, Json>,
): Refused | undefined {
  const validator = validatorOf(task.argumentsSchema);
  if ('problem' in validator)
    return refuse('schema.invalid', `The schema of ${task.name} cannot be used: ${validator.problem}.`, {
      hint: 'Deploy the task again with a JSON Schema 2020-12 of its arguments that stands alone.',
    });
  try {
    return fits(validator, given) ? undefined : misfit(task, given, validator.validate.errors ?? []);
  } catch (error) {
    if (!(error instanceof TookTooLong) && !(error instanceof RangeError)) throw error;
    const errors = [{ field: '', message: `checking them against the schema of ${task.name} takes too long` }];
    return invalidArguments(task.name, errors);
  }
}

export function invalidArguments(task: string, errors: readonly ArgumentError[]): Refused {
  const [first, ...others] = errors;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return refuse('arguments.invalid', `The arguments do not fit ${task}: ${first?.message ?? 'not valid'}${more}.`, {
    hint: 'See details.errors, correct the arguments and call again.',
    details: { field: first?.field ?? '', errors },
  });
}

function validatorOf(schema: JsonSchema): Validator | { problem: string } {
  const known = validators.get(schema);
  if (known) return known;
  const made = compile(schema);
  validators.set(schema, made);
  return made;
}

function compile(schema: JsonSchema): Validator | { problem: string } {
  const cost = weighSchema(schema);
  if (typeof cost === 'object') return cost;
  try {
    return { validate: ajv.compile(schema), cost };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  } finally {
    ajv.removeSchema(schema);
  }
}

function fits({ validate, cost }: Validator, given: unknown): boolean {
  return cost === 'plain' ? validate(given) : bounded(() => validate(given));
}

function misfit(
  { name, argumentsSchema }: Pick<ServedTask, 'name' | 'argumentsSchema'>,
  given: Record<string, Json>,
  errors: readonly ErrorObject[],
): Refused {
  const properties = (argumentsSchema['properties'] ?? {}) as Record<string, JsonSchema>;
  const required = Array.isArray(argumentsSchema['required']) ? (argumentsSchema['required'] as string[]) : [];
  // The validator stops at the first error; missing arguments are all named at once.
  const missing = required.filter((argument) => !Object.hasOwn(given, argument));
  const told = missing.map((argument) => missingArgument(argument, properties[argument]));
  const others = errors.filter((error) => error.keyword !== 'required' || error.instancePath !== '');
  return invalidArguments(name, [...told, ...others.map((error) => misfitOf(error, properties))].slice(0, MAX_ERRORS));
}

function missingArgument(argument: string, schema: JsonSchema | undefined): ArgumentError {
  const expected = expectation(schema);
  return {
    field: `/${escapePointer(argument)}`,
    message: `"${argument}" is missing${expected && `; expected ${expected}`}`,
  };
}

function misfitOf(error: ErrorObject, properties: Record<string, JsonSchema>): ArgumentError {
  const { instancePath, keyword, params, data } = error;
  const path = instancePath === '' ? 'the arguments' : `"${readable(instancePath)}"`;
  switch (keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const extra = String(params['additionalProperty'] ?? params['unevaluatedProperty']);
      const known = instancePath === '' ? Object.keys(properties) : [];
      const takes = known.length > 0 ? `; it takes ${known.join(', ')}` : '';
      return {
        field: `${instancePath}/${escapePointer(extra)}`,
        message: `"${readable(`${instancePath}/${extra}`)}" is not an argument${takes}`,
      };
    }
    case 'required': {
      const name = String(params['missingProperty']);
      return {
        field: `${instancePath}/${escapePointer(name)}`,
        message: `"${readable(`${instancePath}/${name}`)}" is missing`,
      };
    }
    case 'type':
      return { field: instancePath, message: `${path} is ${shown(data)}, expected ${typeNames(params['type'])}` };
    case 'enum':
    case 'const': {
      const allowed = (params['allowedValues'] as unknown[] | undefined) ?? [params['allowedValue']];
      return { field: instancePath, message: `${path} is ${shown(data)}, expected ${allowed.map(json).join(' or ')}` };
    }
    default:
      return { field: instancePath, message: `${path} is ${shown(data)}, which ${error.message ?? 'is not valid'}` };
  }
}

function expectation(schema: JsonSchema | undefined): string {
  if (!schema) return '';
  if (Array.isArray(schema['enum'])) return schema['enum'].map(json).join(' or ');
  return schema['type'] === undefined ? '' : typeNames(schema['type']);
}

const typeNames = (type: unknown): string => (Array.isArray(type) ? type.join(' or ') : String(type));

/** A value with its type, short enough for a message: `"ten" (string)`. */
function shown(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  return `${json(value)} (${typeof value})`;
}

function json(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

const readable = (pointer: string): string => pointer.slice(1).split('/').map(unescapePointer).join('.');
const escapePointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
const unescapePointer = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');
