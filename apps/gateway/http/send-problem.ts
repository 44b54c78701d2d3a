/** Answers a request with a problem document. */
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Problem, retryAfter } from './problem.js';

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const seconds = retryAfter(problem);
  if (seconds !== undefined) void reply.header('retry-after', String(seconds));
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="tasksmith"');
  return (
    reply
      .code(problem.status)
      .type('application/problem+json')
      // As bytes: to text Fastify would add a charset, which this media type does not have.
      .send(Buffer.from(JSON.stringify({ ...problem, instance: request.url.split('?')[0] })))
  );
}
