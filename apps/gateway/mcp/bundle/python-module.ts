/** Writes the entry file of a Python bundle: one decorated, typed function for each task. */
import { type Json, type Parameter, refuse, type Refused } from '#contracts';
import { type DescribedTask } from './bundle-description.js';
import { dedented, indented, linesWithinStrings, multiLineStrings, unwrapped } from './code-text.js';
import { functionName, isReserved } from './identifiers.js';
import { optional, pythonType } from './python-types.js';

const quotes = multiLineStrings.python;

/** @returns the file, or why it cannot be written. */
export function pythonModule(tasks: readonly DescribedTask[]): string | Refused {
  const refused = tasks.map(unfit).find((refusal) => refusal !== undefined);
  if (refused) return refused;
  const functions = tasks.map(pythonFunction);
  const typing = ['Any', 'Optional', 'Union'].filter((name) =>
    functions.some((code) => new RegExp(`\\b${name}\\b`).test(code)),
  );
  const head = [
    docstring(tasks.map(({ description, task_name }) => description || task_name).join('\n'), ''),
    ...(typing.length > 0 ? ['', `from typing import ${typing.join(', ')}`] : []),
    '',
    'from tasksmith import log, progress, task  # noqa: F401',
  ];
  const { futures, code } = withoutFutureImports(functions.join('\n\n\n'));
  return `${[head[0], ...futures, ...head.slice(1)].join('\n')}\n\n\n${code}\n`;
}

function unfit({ task_name, parameters, function_body }: DescribedTask): Refused | undefined {
  if (unwrapped(function_body).trim() === '')
    return invalid(
      'function_body',
      `The body of ${task_name} is empty.`,
      'Give the statements of the function, ending with return.',
    );
  const names = parameters.map(({ name }) => name);
  const reserved = names.find((name) => isReserved(name, 'python'));
  if (reserved !== undefined)
    return invalid(
      'parameters',
      `The parameter "${reserved}" of ${task_name} is a word that Python or Tasksmith uses itself.`,
      `Call it ${reserved}_value, for example.`,
    );
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    return invalid('parameters', `${task_name} has two parameters named "${twice}".`, 'Give each its own name.');
  return undefined;
}

function pythonFunction(described: DescribedTask): string {
  const code = dedented(unwrapped(described.function_body), quotes);
  const whole = wholeFunction(code, described);
  return whole ?? functionAround(code, described);
}

/** The body as statements: signature and docstring are written around it. */
function functionAround(code: string, { task_name, description, parameters, return_type }: DescribedTask): string {
  const name = functionName(task_name, 'python');
  const keyword = /(^|[^\w.])await\s/m.test(code) ? 'async def' : 'def';
  const signature = inCallOrder(parameters).map(parameterText).join(', ');
  const own = copiesOfDefaults(parameters);
  return [
    decorator(task_name, name),
    `${keyword} ${name}(${signature}) -> ${pythonType(return_type)}:`,
    docstring(aboutText(description || task_name, parameters, return_type), '    '),
    ...own.map((line) => `    ${line}`),
    indented(code, '    ', quotes),
  ].join('\n');
}

/** The body when it is a function already (or a module with one): it is left as it is and decorated. */
function wholeFunction(code: string, { task_name }: DescribedTask): string | undefined {
  const lines = code.split('\n');
  const inString = linesWithinStrings(lines, quotes);
  const definitions = lines.flatMap((line, index) => {
    const name = inString[index] ? undefined : /^(?:async\s+)?def\s+(\w+)/.exec(line)?.[1];
    return name === undefined ? [] : [{ name, index }];
  });
  const wanted = functionName(task_name, 'python');
  const own =
    definitions.find(({ name }) => name === wanted) ??
    (isModule(lines, inString) && definitions.length === 1 ? definitions[0] : undefined);
  if (!own) return undefined;
  const start = firstDecorator(lines, own.index);
  const decorators = lines.slice(start, own.index);
  const kept = decorators.filter((line) => !/^@(?:\w+\.)*(?:task|shared_task|tool)\b/.test(line));
  const rest = [...lines.slice(0, start), decorator(task_name, own.name), ...kept, ...lines.slice(own.index)];
  return rest
    .filter((line, index) => inStringAt(rest, index) || !/^from\s+(tasksmith|celery)\s+import\b/.test(line))
    .join('\n')
    .trim();
}

const inStringAt = (lines: readonly string[], index: number): boolean => linesWithinStrings(lines, quotes)[index]!;

/** Nothing at the margin that only makes sense inside a function. */
function isModule(lines: readonly string[], inString: readonly boolean[]): boolean {
  return !lines.some((line, index) => !inString[index] && /^(return|yield|await)\b/.test(line));
}

function firstDecorator(lines: readonly string[], definition: number): number {
  let start = definition;
  while (start > 0 && lines[start - 1]!.startsWith('@')) start -= 1;
  return start;
}

const decorator = (task: string, name: string): string =>
  task === name ? '@task' : `@task(name=${pythonLiteral(task)})`;

/** Those that must be given first, as Python demands. */
function inCallOrder(parameters: readonly Parameter[]): Parameter[] {
  return [...parameters.filter(isRequired), ...parameters.filter((parameter) => !isRequired(parameter))];
}

export const isRequired = ({ required, default: given }: Parameter): boolean => required && given === undefined;

function parameterText(parameter: Parameter): string {
  const type = pythonType(parameter.type);
  if (isRequired(parameter)) return `${parameter.name}: ${type}`;
  if (parameter.default === undefined || parameter.default === null)
    return `${parameter.name}: ${optional(type)} = None`;
  return `${parameter.name}: ${type} = ${pythonLiteral(parameter.default)}`;
}

/** A list or dict given as default belongs to the function: without a copy, one run would change what the next one gets. */
function copiesOfDefaults(parameters: readonly Parameter[]): string[] {
  return parameters
    .filter(({ default: given }) => typeof given === 'object' && given !== null)
    .map(({ name, default: given }) => `${name} = ${Array.isArray(given) ? 'list' : 'dict'}(${name})`);
}

function aboutText(description: string, parameters: readonly Parameter[], returnType: string): string {
  const about = parameters.map(({ name, type, description: text }) =>
    `    ${name}: ${text || type}`.replaceAll('\n', ' '),
  );
  return [
    description,
    ...(about.length > 0 ? ['', 'Args:', ...about] : []),
    ...(pythonType(returnType) === 'Any' ? [] : ['', 'Returns:', `    ${pythonType(returnType)}`]),
  ].join('\n');
}

function docstring(text: string, margin: string): string {
  const safe = text.replaceAll('\\', '\\\\').replaceAll('"""', '\\"\\"\\"').replace(/"$/, '\\"');
  const lines = safe.split('\n').map((line, index) => (index === 0 || line === '' ? line : margin + line));
  return lines.length === 1 ? `${margin}"""${safe}"""` : `${margin}"""${lines.join('\n')}\n${margin}"""`;
}

export function pythonLiteral(value: Json): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([name, member]) => `${JSON.stringify(name)}: ${pythonLiteral(member)}`)
      .join(', ')}}`;
  return JSON.stringify(value);
}

/** Python takes `from __future__` only as the first statement of a file. */
function withoutFutureImports(code: string): { futures: string[]; code: string } {
  const pattern = /^from __future__ import .*$/gm;
  return { futures: [...new Set(code.match(pattern) ?? [])], code: code.replace(pattern, '').replace(/^\n+/, '') };
}

function invalid(field: string, message: string, hint: string): Refused {
  return refuse('request.invalid', message, { hint, details: { field: `/${field}` } });
}
