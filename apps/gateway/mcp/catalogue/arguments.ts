/** Shapes of tool arguments that several tools share, in few words: every word is read by a model in every session. */
import { z } from 'zod';
import { type Json, Parameter, RunId, RunPoliciesInput } from '#contracts';

/** Any JSON. What came through the parser is JSON already. */
export const AnyJson = z.unknown() as unknown as z.ZodType<Json, Json>;

/** Some models write lists and objects as JSON in a string. */
const fromText = (value: unknown): unknown => {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
};
export const lenient = <T extends z.ZodType>(schema: T) => z.preprocess(fromText, schema);

export const taskId = RunId.describe('task_id of the run');
export const args = lenient(z.array(AnyJson)).optional().describe('arguments by position');
export const kwargs = lenient(z.record(z.string(), AnyJson)).optional().describe('arguments by name');
export const queue = z.string().max(100).optional().describe("checked against the task's queue");
export const priority = z.number().int().min(0).max(9).optional().describe('0-9, 9 first');
export const limit = z.number().int().min(1).max(200);
export const cursor = z.string().max(500).optional().describe('next of the page before');

/** Written out in few words; `Parameter` knows the defaults. */
const ParameterInput = z
  .object({ name: z.string(), type: z.string(), required: z.boolean(), description: z.string(), default: AnyJson })
  .partial()
  .required({ name: true })
  .pipe(Parameter);
export const parameters = lenient(z.array(ParameterInput).max(100));
export const files = lenient(
  z
    .array(z.object({ path: z.string(), content: z.string(), encoding: z.enum(['utf8', 'base64']).default('utf8') }))
    .min(1)
    .max(1_000),
);
export const additionalFiles = lenient(z.array(z.object({ filename: z.string(), content: z.string() })).max(200));
export const policies = lenient(
  z
    .record(z.string(), AnyJson)
    .describe('maxAttempts, backoff {kind: fixed|exponential, delayMs}, softLimitMs, hardLimitMs, retryTimeouts')
    .transform((given): unknown => given)
    .pipe(RunPoliciesInput.strict()),
);

/** A sample call as agents write it. */
export const SmokeTestInput = z.object({
  task: z.string().optional(),
  arguments: z.record(z.string(), AnyJson).optional(),
  args: z.array(AnyJson).optional(),
  kwargs: z.record(z.string(), AnyJson).optional(),
  expect: AnyJson.optional(),
  expect_contains: z.record(z.string(), AnyJson).optional(),
  expectContains: z.record(z.string(), AnyJson).optional(),
});
export type SmokeTestInput = z.infer<typeof SmokeTestInput>;
export const smokeTests = lenient(
  z
    .array(z.record(z.string(), AnyJson))
    .max(50)
    .describe(
      'sample calls that must pass first: {task?, arguments, expect?: result, expect_contains?: {member: value}}',
    )
    .transform((given): unknown => given)
    .pipe(z.array(SmokeTestInput.strict())),
);
