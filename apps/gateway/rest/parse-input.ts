/** Parses what a request brings by the schemas of its route; what does not fit is refused with the field and the reason. */
import { type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { refuse, type Refused } from '#contracts';
import { type AnyRoute } from './route.js';

interface Input {
  params: unknown;
  query: unknown;
  body: unknown;
}
type Part = keyof Input;

const MAX_ERRORS = 20;
const noQuery = z.strictObject({});

export function parseInput(route: AnyRoute, request: FastifyRequest): Input | Refused {
  const raw = route.rawBodies?.includes(mediaTypeOf(request)) === true;
  const body = request.body ?? (route.bodyIsOptional || raw ? {} : undefined);
  const parts: Record<Part, { schema: z.ZodType | undefined; value: unknown }> = {
    params: { schema: route.params, value: request.params },
    query: { schema: route.query ?? (isEmpty(request.query) ? undefined : noQuery), value: request.query },
    body: { schema: raw ? undefined : route.body, value: body },
  };
  const input: Input = { params: undefined, query: undefined, body: raw ? request.body : undefined };
  for (const part of ['params', 'query', 'body'] as const) {
    const { schema, value } = parts[part];
    if (!schema) continue;
    const parsed = schema.safeParse(value, { reportInput: true });
    if (!parsed.success) return invalid(part, parsed.error.issues);
    input[part] = parsed.data;
  }
  return input;
}

function isEmpty(query: unknown): boolean {
  for (const _ in query as object) return false;
  return true;
}

export const mediaTypeOf = ({ headers }: Pick<FastifyRequest, 'headers'>): string =>
  (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();

const places: Record<Part, string> = { params: 'the path', query: 'the query', body: 'the body' };

function invalid(part: Part, issues: readonly z.core.$ZodIssue[]): Refused {
  const errors = issues.flatMap((issue) => errorsOf(issue)).slice(0, MAX_ERRORS);
  const { field, message } = errors[0]!;
  const what =
    field === '' ? places[part] : `${JSON.stringify(field.slice(1).replaceAll('/', '.'))} in ${places[part]}`;
  return refuse('request.invalid', `Something is wrong with ${what}: ${message}.`, {
    hint: 'Correct it and send the request again; the shapes are at /api/docs.',
    details: { in: part === 'params' ? 'path' : part, field, errors },
  });
}

function errorsOf(issue: z.core.$ZodIssue): { field: string; message: string }[] {
  const field = issue.path.map((step) => `/${String(step)}`).join('');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ field: `${field}/${key}`, message: 'there is no such member' }));
  if (issue.code === 'invalid_type' && issue.input === undefined)
    return [{ field, message: `it is missing; expected ${issue.expected}` }];
  return [{ field, message: lowerFirst(issue.message) }];
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
