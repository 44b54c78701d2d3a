/** Turns what the typed client answers into a value, or into an error that tells a person what to do. */
import { CliError, errorOfProblem, type Problem } from '../failures.js';

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** @throws CliError */
export async function answerOf<T>(call: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw unreachable(cause);
  });
  if (error !== undefined || !response.ok) throw errorOfProblem(problemFrom(error, response));
  return data as T;
}

export function unreachable(cause: unknown): CliError {
  const { cause: inner, message } = cause as { cause?: { code?: string; message?: string }; message: string };
  const why = inner?.code ?? inner?.message ?? message;
  return new CliError(
    'unavailable',
    `The Tasksmith gateway cannot be reached (${why}).`,
    '"tasksmith status" tells whether it runs, "tasksmith up" starts it, "tasksmith doctor" looks for what is wrong.',
  );
}

/** What stands before the gateway (a proxy) answers with something else than a problem document. */
export function problemFrom(body: unknown, { status, statusText, url }: Response): Problem {
  if (typeof body === 'object' && body !== null && 'code' in body && 'detail' in body) return body as Problem;
  return {
    status,
    code: 'unknown',
    detail: `${url} answered ${status} ${statusText}.`,
    hint: 'Is this the URL of a Tasksmith gateway?',
  };
}
