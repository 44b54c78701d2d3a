/** Problem documents (RFC 9457) for everything that is not a good answer. */
import { STATUS_CODES } from 'node:http';
import { isRefused, type Refusal, type Refused, refusalKinds } from '#contracts';
import { LogUnavailable } from '#event-store';

export interface Problem {
  /** `urn:tasksmith:problem:<code>` */
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  /** What to do next. */
  hint?: string | undefined;
  /** The path that was asked. */
  instance?: string | undefined;
  details?: Record<string, unknown> | undefined;
}

/** What only HTTP can meet, beside the refusals that every door shares. */
export const httpKinds = {
  'route.unknown': { status: 404, title: 'There is no such route' },
  'route.method-not-allowed': { status: 405, title: 'The route does not take this method' },
  'media.unsupported': { status: 415, title: 'The body is of a kind that the route does not take' },
  'host.refused': { status: 403, title: 'The Host header names another site' },
  'origin.refused': { status: 403, title: 'The Origin header names another site' },
  'gateway.busy': { status: 503, title: 'The gateway has as many requests under way as it takes' },
  'gateway.failed': { status: 500, title: 'The platform met a bug' },
} as const;

const kinds: Record<string, { status: number; title: string; retryable?: boolean }> = { ...refusalKinds, ...httpKinds };
export type ProblemCode = keyof typeof refusalKinds | keyof typeof httpKinds;

export function problem(code: ProblemCode, detail: string, more: Pick<Refusal, 'hint' | 'details'> = {}): Problem {
  const { status, title } = kinds[code]!;
  const { hint, details } = more;
  return { type: `urn:tasksmith:problem:${code}`, title, status, detail, code, ...defined({ hint, details }) };
}

export function problemOfRefusal({ refusal }: Refused): Problem {
  const { code, message, hint, details } = refusal;
  return problem(code, message, defined({ hint, details }));
}

/** What a caller is told of an error. Undefined when it is a bug, whose particulars are for the operator's log only. */
export function problemOfError(error: unknown): Problem | undefined {
  if (isRefused(error)) return problemOfRefusal(error);
  if (error instanceof LogUnavailable || isMarkedUnavailable(error))
    return problem('service.unavailable', 'The log cannot be read now.', { hint: 'Try again in a few seconds.' });
  const { code, statusCode, message } = error as { code?: unknown; statusCode?: unknown; message?: unknown };
  if (code === 'MAX_PAYLOAD_EXCEEDED')
    return problem('payload.too-large', 'The request is larger than one message between the services may be.', {
      hint: 'Send less at once.',
    });
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
    ? problemOfFastify(statusCode, String(message))
    : undefined;
}

export const bug = (): Problem =>
  problem('gateway.failed', 'The request met a bug; nothing more is known here.', {
    hint: 'Look for this moment in the logs of the services.',
  });

/** Seconds after which a retry makes sense; undefined when it does not. */
export function retryAfter({ code, status }: Problem): number | undefined {
  return status === 503 || status === 429 || kinds[code]?.retryable ? 1 : undefined;
}

function problemOfFastify(status: number, message: string): Problem {
  if (status === 413)
    return problem('payload.too-large', 'The body is larger than the gateway takes.', {
      hint: 'Send less at once, or raise TASKSMITH_BODY_LIMIT_BYTES.',
    });
  if (status === 415) return problem('media.unsupported', message, { hint: 'Send application/json.' });
  const invalid = problem('request.invalid', message);
  return { ...invalid, status, title: status === 400 ? invalid.title : (STATUS_CODES[status] ?? invalid.title) };
}

const isMarkedUnavailable = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && (error as { unavailable?: unknown }).unavailable === true;

function defined<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
