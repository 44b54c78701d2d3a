/**
 * Refusals: expected answers with a stable code. Each code is defined once, with its HTTP status, a title and whether trying again may help.
 * A refusal is a value; `message` says what was attempted on what, `hint` what to do next.
 */
import { z } from 'zod';

interface RefusalKind {
  status: number;
  title: string;
  retryable: boolean;
}

const kind = (status: number, title: string, retryable = false): RefusalKind => ({ status, title, retryable });

export const refusalKinds = {
  'request.invalid': kind(400, 'The request is not of the expected shape'),
  'auth.missing': kind(401, 'No API key was given'),
  'auth.invalid': kind(401, 'The API key is not valid'),
  'auth.forbidden': kind(403, 'The API key may not do this'),
  'arguments.invalid': kind(422, 'The arguments do not fit the task'),
  'task.unknown': kind(404, 'There is no such task'),
  'task.not-serving': kind(409, 'No deployment serves this task now'),
  'task.removed': kind(410, 'The task was removed'),
  'task.version-unknown': kind(404, 'There is no such version of the task'),
  'schema.invalid': kind(422, 'The JSON Schema is not valid'),
  'run.unknown': kind(404, 'There is no such run'),
  'run.already-finished': kind(409, 'The run has already finished'),
  'run.not-finished': kind(409, 'The run has not finished yet'),
  'idempotency.conflict': kind(409, 'The idempotency key was used with another request'),
  'deployment.unknown': kind(404, 'There is no such deployment'),
  'deployment.not-stoppable': kind(409, 'The deployment cannot be stopped now'),
  'bundle.path-missing': kind(422, 'The code folder does not exist'),
  'bundle.file-missing': kind(422, 'A required file is missing from the bundle'),
  'bundle.refused': kind(422, 'The bundle was refused'),
  'bundle.too-large': kind(413, 'The bundle is too large'),
  'build.failed': kind(422, 'The build failed'),
  'start.failed': kind(422, 'The workers did not start'),
  'test.failed': kind(422, 'A smoke test failed'),
  'engine.unreachable': kind(503, 'The container engine cannot be reached', true),
  'disk.full': kind(507, 'The disk is full', true),
  'schedule.unknown': kind(404, 'There is no such schedule'),
  'schedule.rule-invalid': kind(422, 'The schedule rule is not valid'),
  'key.unknown': kind(404, 'There is no such API key'),
  'payload.too-large': kind(413, 'The request is too large'),
  'service.unavailable': kind(503, 'A part of the platform is not available now', true),
  'rate.limited': kind(429, 'Too many requests', true),
} as const satisfies Record<string, RefusalKind>;

export type RefusalCode = keyof typeof refusalKinds;

export const RefusalCodeSchema = z.enum(Object.keys(refusalKinds) as [RefusalCode, ...RefusalCode[]]);

export const Refusal = z.object({
  code: RefusalCodeSchema,
  message: z.string(),
  hint: z.string().optional(),
  /** Machine-readable particulars, e.g. `{ field: "/text", stage: "building", log: [...] }`. */
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Refusal = z.infer<typeof Refusal>;

/** Marks a refusal among other return values. */
export class Refused {
  constructor(readonly refusal: Refusal) {}
}

export function refuse(code: RefusalCode, message: string, more: Omit<Refusal, 'code' | 'message'> = {}): Refused {
  return new Refused({ code, message, ...more });
}

export function isRefused(value: unknown): value is Refused {
  return value instanceof Refused;
}
