/** Writes the entry file of a Node bundle: one `task()` for each task. */
import { type Parameter, refuse, type Refused, schemaOfParameters, schemaOfType } from '#contracts';
import { type DescribedTask } from './bundle-description.js';
import { dedented, indented, multiLineStrings, unwrapped } from './code-text.js';
import { functionName, isReserved } from './identifiers.js';
import { isRequired } from './python-module.js';

const quotes = multiLineStrings.node;

export function nodeModule(tasks: readonly DescribedTask[]): string | Refused {
  const refused = tasks.map(unfit).find((refusal) => refusal !== undefined);
  if (refused) return refused;
  const definitions = tasks.map(definition);
  return `// ${oneLine(tasks[0]!.description || tasks[0]!.task_name)}\nimport { log, progress, task } from 'tasksmith';\n\n${definitions.join('\n\n')}\n`;
}

function unfit({ task_name, parameters, function_body }: DescribedTask): Refused | undefined {
  if (unwrapped(function_body).trim() === '')
    return refuse('request.invalid', `The body of ${task_name} is empty.`, {
      hint: 'Give the statements of the function, ending with return.',
      details: { field: '/function_body' },
    });
  const reserved = parameters.find(({ name }) => isReserved(name, 'node'));
  if (reserved)
    return refuse(
      'request.invalid',
      `The parameter "${reserved.name}" of ${task_name} is a word that JavaScript or Tasksmith uses itself.`,
      {
        hint: `Call it ${reserved.name}Value, for example.`,
        details: { field: '/parameters' },
      },
    );
  return undefined;
}

function definition(described: DescribedTask): string {
  const code = dedented(unwrapped(described.function_body), quotes);
  const whole = /^(?:export\s+)?(?:default\s+)?(?:async\s+)?function\s*\*?\s*(\w+)\s*\(\s*(\{)?/m.exec(code);
  const isWhole =
    whole !== null &&
    /^(?:import\b|export\b|const\b|let\b|async\b|function\b|\/\/|\/\*|interface\b|type\b)/.test(code) &&
    !/^return\b/m.test(code);
  return isWhole
    ? aroundFunction(code, described, whole[1]!, whole[2] !== undefined)
    : aroundStatements(code, described);
}

function aroundStatements(code: string, described: DescribedTask): string {
  const { parameters } = described;
  const pattern = parameters.map(parameterPattern).join(', ');
  const given = parameters.length === 0 ? '_arguments' : `{ ${pattern} }: ${argumentsType(parameters)}`;
  return `${opening(described)}  async (${given}, { signal }) => {\n${indented(code, '    ', quotes)}\n  },\n);`;
}

function aroundFunction(code: string, described: DescribedTask, name: string, takesObject: boolean): string {
  const own = code.replace(/^export\s+(?:default\s+)?/gm, '');
  const names = described.parameters.map((parameter) => `given.${parameter.name}`);
  const call = takesObject || names.length === 0 ? `${name}(given)` : `${name}(${names.join(', ')})`;
  // Typed loosely: the function's own types are the author's.
  return `${own}\n\n${opening(described, name)}  async (given: any) => (${name} as any)${call.slice(name.length)},\n);`;
}

function opening(described: DescribedTask, taken?: string): string {
  const { task_name, description, parameters, return_type } = described;
  const name = functionName(task_name, 'node');
  const options = {
    name: task_name,
    description,
    parameters: schemaOfParameters(parameters),
    result: schemaOfType(return_type),
  };
  const exported = name === taken ? `${name}Task` : name;
  return `export const ${exported} = task(\n${indented(JSON.stringify(options, null, 2), '  ', [])},\n`;
}

function parameterPattern(parameter: Parameter): string {
  const { name, default: given } = parameter;
  return given === undefined ? name : `${name} = ${JSON.stringify(given)}`;
}

function argumentsType(parameters: readonly Parameter[]): string {
  const members = parameters.map(
    (parameter) => `${parameter.name}${isRequired(parameter) ? '' : '?'}: ${typeScriptType(parameter.type)}`,
  );
  return `{ ${members.join('; ')} }`;
}

function typeScriptType(type: string): string {
  const schema = schemaOfType(type);
  const names: Record<string, string> = {
    string: 'string',
    integer: 'number',
    number: 'number',
    boolean: 'boolean',
    null: 'null',
  };
  return names[String(schema['type'])] ?? 'any';
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
