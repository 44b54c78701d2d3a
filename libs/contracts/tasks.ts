/** A task as a caller or a bundle declares it. */
import { z } from 'zod';
import { Json, JsonSchema, TaskName } from './ids.js';
import { RunPoliciesInput } from './policies.js';

/** One argument in the simple form that agents write. `type` takes Python and JSON Schema names: str, int, float, bool, list, dict, Any, ... */
export const Parameter = z.object({
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
  type: z.string().default('Any'),
  required: z.boolean().default(true),
  description: z.string().default(''),
  default: Json.optional(),
});
export type Parameter = z.infer<typeof Parameter>;

export const TaskDeclaration = z.object({
  name: TaskName,
  description: z.string().max(4_000).default(''),
  /** JSON Schema 2020-12 of the arguments object. */
  argumentsSchema: JsonSchema,
  /** JSON Schema 2020-12 of the result; `{}` when anything goes. */
  resultSchema: JsonSchema,
  policies: RunPoliciesInput.default({}),
});
export type TaskDeclaration = z.infer<typeof TaskDeclaration>;

/** A sample call made through the real queue before a deployment takes traffic. */
export const SmokeTest = z.object({
  task: TaskName,
  arguments: z.record(z.string(), Json).default({}),
  /** The exact result, when given. */
  expect: Json.optional(),
  /** Members that the result must hold, when given. */
  expectContains: z.record(z.string(), Json).optional(),
});
export type SmokeTest = z.infer<typeof SmokeTest>;

export const Runtime = z.enum(['python', 'node']);
export type Runtime = z.infer<typeof Runtime>;
