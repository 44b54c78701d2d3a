/** How a command ends when it cannot do what was asked: a message, a hint, and an exit code that scripts can rely on. */
export const exitCodes = {
  ok: 0,
  error: 1,
  usage: 2,
  auth: 3,
  notFound: 4,
  runFailed: 5,
  timeout: 6,
  conflict: 7,
  unavailable: 8,
  interrupted: 130,
} as const;
export type ExitName = keyof typeof exitCodes;

export class CliError extends Error {
  constructor(
    readonly exit: ExitName,
    message: string,
    readonly hint = '',
  ) {
    super(message);
  }
}

/** A problem document (RFC 9457) of the gateway. */
export interface Problem {
  status: number;
  code: string;
  title?: string;
  detail: string;
  hint?: string | undefined;
}

export function errorOfProblem({ status, code, detail, hint }: Problem): CliError {
  return new CliError(exitOfProblem(status, code), detail, hint ?? '');
}

export function exitOfProblem(status: number, code: string): ExitName {
  if (code === 'request.invalid' || code === 'arguments.invalid') return 'usage';
  if (status === 401 || status === 403) return 'auth';
  if (status === 404 || status === 410) return 'notFound';
  if (status === 409) return 'conflict';
  if (status === 429 || status === 503 || status === 507) return 'unavailable';
  return 'error';
}
