/** Gives arguments written by position their names, as a Python call would. */
import { type Json, type Refused } from '#contracts';
import { type ArgumentError, invalidArguments, type ServedTask } from '../catalogue/index.js';

export function bindArguments(
  { name, argumentsSchema }: Pick<ServedTask, 'name' | 'argumentsSchema'>,
  args: readonly Json[],
  kwargs: Record<string, Json>,
): Record<string, Json> | Refused {
  if (args.length === 0) return kwargs;
  const names = Object.keys((argumentsSchema['properties'] ?? {}) as object);
  const errors = [...surplus(args, names), ...twice(args, names, kwargs)];
  if (errors.length > 0) return invalidArguments(name, errors);
  return { ...Object.fromEntries(args.map((value, index) => [names[index]!, value])), ...kwargs };
}

function surplus(args: readonly Json[], names: readonly string[]): ArgumentError[] {
  if (args.length <= names.length) return [];
  const takes = names.length === 0 ? 'it takes none by position' : `it takes ${names.length}: ${names.join(', ')}`;
  return [{ field: `/${names.length}`, message: `${args.length} arguments were given by position, but ${takes}` }];
}

function twice(args: readonly Json[], names: readonly string[], kwargs: Record<string, Json>): ArgumentError[] {
  return names
    .slice(0, args.length)
    .filter((name) => Object.hasOwn(kwargs, name))
    .map((name) => ({ field: `/${name}`, message: `"${name}" is given twice, by position and by name` }));
}
