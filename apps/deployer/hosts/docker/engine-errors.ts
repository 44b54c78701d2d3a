/** Errors of the engine, in words of the port. */
import { HostFailure, isDiskFull } from '../worker-host.js';

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'EACCES',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
]);

/**
 * Runs `act`; what the engine throws becomes a HostFailure where it is one. An engine that takes a question and never answers is
 * unreachable too: whoever waits for it would wait for ever, and with it all other deployments.
 */
export async function withEngine<T>(act: () => Promise<T>, { withinMs }: { withinMs: number }): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const message = `The container engine cannot be reached: no answer within ${withinMs / 1_000} s`;
    timer = setTimeout(() => reject(new HostFailure('engine.unreachable', message)), withinMs);
  });
  try {
    return await Promise.race([act(), silence]);
  } catch (error) {
    throw translated(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Undefined instead of an error when the engine has no such thing. */
export async function ifThere<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** For `catch`: the engine may also have answered with one of these. */
export function orAnswered(...statuses: number[]): (error: unknown) => void {
  return (error) => {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  };
}

export function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

function translated(error: unknown): unknown {
  if (error instanceof HostFailure || !(error instanceof Error)) return error;
  if (isDiskFull(error))
    return new HostFailure('disk.full', 'The disk of the container engine is full', [], { cause: error });
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  // The same codes are said of files, too; those are none of the engine's.
  const isOfConnection = syscall !== undefined && /^(connect|read|write|getaddrinfo)$/.test(syscall);
  if (statusOf(error) === undefined && isOfConnection && UNREACHABLE.has(code)) {
    const message = `The container engine cannot be reached: ${error.message}`;
    return new HostFailure('engine.unreachable', message, [], { cause: error });
  }
  return error;
}
