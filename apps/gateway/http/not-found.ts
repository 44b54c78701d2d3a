/** What is told of a path that no route serves, or not with this method. */
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type DeclaredRoute } from './access.js';
import { problem } from './problem.js';
import { sendProblem } from './send-problem.js';

/** @param routes grows until the gateway listens. */
export function notFound(routes: readonly DeclaredRoute[]) {
  let patterns: { method: string; pattern: RegExp }[] | undefined;
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    patterns ??= routes.map(({ method, path }) => ({ method, pattern: patternOf(path) }));
    const path = request.url.split('?')[0]!;
    const allowed = patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    if (allowed.length === 0)
      return sendProblem(
        request,
        reply,
        problem('route.unknown', `There is no ${request.method} ${path.slice(0, 200)}.`, {
          hint: 'The routes are listed at /api/docs.',
        }),
      );
    void reply.header('allow', allowed.join(', '));
    return sendProblem(
      request,
      reply,
      problem('route.method-not-allowed', `${path} does not take ${request.method}.`, {
        hint: `It takes ${allowed.join(', ')}.`,
      }),
    );
  };
}

function patternOf(path: string): RegExp {
  const parts = path.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : escaped(part)));
  return new RegExp(`^${parts.join('/')}$`);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
