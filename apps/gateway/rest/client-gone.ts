/** Aborts when the client has gone or was answered, so that nobody waits on for it. */
import { type FastifyReply } from 'fastify';

export function untilClosed(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  if (reply.raw.destroyed) gone.abort();
  else reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
