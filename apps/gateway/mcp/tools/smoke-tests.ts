/** Sample calls as agents write them, as the platform runs them. */
import {
  type Json,
  type Parameter,
  refuse,
  type Refused,
  type SmokeTest,
  type TaskName,
  TaskName as TaskNameSchema,
} from '#contracts';
import { type SmokeTestInput } from '../catalogue/arguments.js';

/** Of the task that the deployment is named after, unless a test names another; `parameters` give names to arguments by position. */
export function smokeTestsOf(
  given: readonly SmokeTestInput[],
  deployed: { task: TaskName; parameters: readonly Parameter[] | undefined },
): SmokeTest[] | Refused {
  const tests: SmokeTest[] = [];
  for (const [index, test] of given.entries()) {
    const task = test.task === undefined ? deployed.task : TaskNameSchema.safeParse(test.task).data;
    if (task === undefined)
      return invalid(
        `/smoke_tests/${index}/task`,
        `${JSON.stringify(test.task)} is not the name of a task.`,
        `Leave it out, or name ${deployed.task}.`,
      );
    const args = argumentsOf(test, task === deployed.task ? deployed.parameters : undefined);
    if (args === undefined)
      return invalid(
        `/smoke_tests/${index}/args`,
        `The names of the arguments of ${task} are not known.`,
        'Give arguments: {name: value} instead of args.',
      );
    const contains = test.expect_contains ?? test.expectContains;
    tests.push({
      task,
      arguments: args,
      ...(test.expect === undefined ? {} : { expect: test.expect }),
      ...(contains === undefined ? {} : { expectContains: contains }),
    });
  }
  return tests;
}

function argumentsOf(
  { args = [], kwargs = {}, arguments: named = {} }: SmokeTestInput,
  parameters: readonly Parameter[] | undefined,
): Record<string, Json> | undefined {
  if (args.length > (parameters?.length ?? 0)) return undefined;
  return { ...Object.fromEntries(args.map((value, index) => [parameters![index]!.name, value])), ...named, ...kwargs };
}

function invalid(field: string, message: string, hint: string): Refused {
  return refuse('request.invalid', `Smoke test: ${message}`, { hint, details: { field } });
}
