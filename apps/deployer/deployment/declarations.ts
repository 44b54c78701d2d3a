/** Whose word counts on a task: the caller's, then the manifest's, then the code's own. */
import {
  type JsonSchema,
  type Parameter,
  refuse,
  type Refused,
  type RunPoliciesInput,
  schemaOfParameters,
  schemaOfType,
  type SmokeTest,
  type TaskDeclaration,
  type TaskName,
} from '#contracts';
import { type Requested } from './deployment.state.js';

/** A declaration whose schemas may still be unknown. */
export type PartialDeclaration = Requested['declarations'][number];

/** What the caller says of the task that the deployment is named after. */
export interface CallersWord {
  task: TaskName;
  description: string;
  parameters?: readonly Parameter[] | undefined;
  returnType?: string | undefined;
  policies: RunPoliciesInput;
}

export interface ManifestsWord {
  name: TaskName;
  description?: string | undefined;
  policies?: RunPoliciesInput | undefined;
  parameters?: JsonSchema | undefined;
  result?: JsonSchema | undefined;
}

/** What the code says of itself (`--describe`). */
export interface DescribedTask {
  name: TaskName;
  description: string;
  parameters: JsonSchema;
  result: JsonSchema;
}

/** The caller's task first, then the others of the manifest. */
export function declare(caller: CallersWord, manifest: readonly ManifestsWord[]): PartialDeclaration[] {
  const own = manifest.find(({ name }) => name === caller.task) ?? { name: caller.task };
  const others = manifest.filter(({ name }) => name !== caller.task);
  return [declarationOf(own, caller), ...others.map((task) => declarationOf(task))];
}

/** Fills in what is not declared, and refuses a bundle without the task that it was deployed for. */
export function complete(
  { task, declarations, smokeTests }: Pick<Requested, 'task' | 'declarations'> & { smokeTests: readonly SmokeTest[] },
  described: readonly DescribedTask[],
): TaskDeclaration[] | Refused {
  const names = described.map(({ name }) => name);
  const list = names.join(', ') || 'none';
  if (!names.includes(task))
    return refuse('build.failed', `The bundle has no task ${task}; its tasks: ${list}`, {
      hint: `Name a function ${task} and mark it as a task, or deploy under the name of one that is there.`,
    });
  const untestable = smokeTests.find((test) => !names.includes(test.task));
  if (untestable)
    return refuse(
      'build.failed',
      `A smoke test calls ${untestable.task}, which the bundle does not have; its tasks: ${list}`,
    );
  return described.map((each) =>
    completed(
      each,
      declarations.find(({ name }) => name === each.name),
    ),
  );
}

function declarationOf(manifest: ManifestsWord, caller?: CallersWord): PartialDeclaration {
  const argumentsSchema = caller?.parameters ? schemaOfParameters(caller.parameters) : manifest.parameters;
  const resultSchema = caller?.returnType ? schemaOfType(caller.returnType) : manifest.result;
  return {
    name: manifest.name,
    description: caller?.description || manifest.description || '',
    ...(argumentsSchema === undefined ? {} : { argumentsSchema }),
    ...(resultSchema === undefined ? {} : { resultSchema }),
    policies: { ...manifest.policies, ...caller?.policies },
  };
}

function completed(described: DescribedTask, declared: PartialDeclaration | undefined): TaskDeclaration {
  return {
    name: described.name,
    description: declared?.description || described.description,
    argumentsSchema: declared?.argumentsSchema ?? described.parameters,
    resultSchema: declared?.resultSchema ?? described.result,
    policies: declared?.policies ?? {},
  };
}
