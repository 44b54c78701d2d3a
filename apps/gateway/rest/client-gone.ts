/** Aborts when the client has gone or was answered, so that nobody waits on for it. */
import { type FastifyReply } from 'fastify';

/** One for all: without a reason each signal would make an error of its own, with a stack. */
const closed = 'the connection is closed';

export function untilClosed(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  if (reply.raw.destroyed) gone.abort(closed);
  else reply.raw.once('close', () => gone.abort(closed));
  return gone.signal;
}
